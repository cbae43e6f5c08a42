#include "journal.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>

#include "calls.h"

void lab::make_journal(const std::string& path) {
  try {
    call("mkfifo", ::mkfifo, path.c_str(), mode_t{0600});
  } catch (const ipc::SystemError& error) {
    struct stat found;
    const bool fifo = ::stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
    if (error.error() != EEXIST || !fifo) throw;
  }
}

lab::JournalWriter::JournalWriter(const std::string& path)
    : fifo_(call("open", ::open, path.c_str(), O_WRONLY | O_CLOEXEC)) {}

void lab::JournalWriter::append(std::string_view line) {
  std::ostringstream record;
  record << line << '\n';
  const std::string_view bytes = record.view();
  if (bytes.size() > PIPE_BUF) throw std::length_error("append");
  if (bytes.find('\n') + 1 != bytes.size()) throw std::invalid_argument("append");
  call("write", ::write, fifo_.get(), bytes.data(), bytes.size());
}

std::vector<std::string> lab::read_journal(const std::string& path) {
  std::stringstream text;
  {
    const ipc::UniqueFd fifo(call("open", ::open, path.c_str(), O_RDONLY | O_CLOEXEC));
    char piece[1234];
    while (const ssize_t count = call("read", ::read, fifo.get(), piece, sizeof piece)) {
      text.write(piece, count);
    }
  }
  std::vector<std::string> records;
  for (std::string line; std::getline(text, line);) {
    if (!text.eof()) records.push_back(line);  // At the end of the text: there was no '\n'.
  }
  return records;
}
