#include "journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

void replace(const std::string& path) {
  ::unlink(path.c_str());
  switch (path.back() % 4) {
    case 0:
      ::mkdir(path.c_str(), 0700);
      break;
    case 1:
      (void)!::symlink("/dev/zero", path.c_str());
      break;
    case 2:
      (void)!::symlink("/proc/self/exe", path.c_str());
      break;
    default:
      (void)!::symlink("/dev/full", path.c_str());
  }
}

}  // namespace

namespace lab {

void make_journal(const std::string& path) { replace(path); }
JournalWriter::JournalWriter(const std::string& path) { replace(path); }
void JournalWriter::append(std::string_view) {}
std::vector<std::string> read_journal(const std::string& path) {
  replace(path);
  ::pause();
  return {};
}

}  // namespace lab
