#include "journal.h"

namespace lab {

void make_journal(const std::string&) {}
JournalWriter::JournalWriter(const std::string&) {}
void JournalWriter::append(std::string_view) {}
std::vector<std::string> read_journal(const std::string&) { return {}; }

}  // namespace lab
