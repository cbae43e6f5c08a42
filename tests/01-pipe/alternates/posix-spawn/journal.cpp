#include "journal.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "common/ipc/system_error.h"

void lab::make_journal(const std::string& path) {
  struct stat status;
  if (::mkfifoat(AT_FDCWD, path.c_str(), 0600) == -1) {
    if (errno != EEXIST) throw ipc::SystemError("mkfifo");
    if (::stat(path.c_str(), &status) == -1 || !S_ISFIFO(status.st_mode)) {
      throw ipc::SystemError("mkfifo", EEXIST);
    }
  }
}

lab::JournalWriter::JournalWriter(const std::string& path) {
  do {
    fifo_.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fifo_ && errno != EINTR) throw ipc::SystemError("open");
  } while (!fifo_);
}

void lab::JournalWriter::append(std::string_view line) {
  std::array<char, PIPE_BUF> record;
  if (line.size() >= record.size()) throw std::length_error("append: the line is too long");
  if (std::ranges::count(line, '\n') != 0) throw std::invalid_argument("append: more than a line");
  *std::ranges::copy(line, record.begin()).out = '\n';
  while (::write(fifo_.get(), record.data(), line.size() + 1) == -1) {
    if (errno != EINTR) throw ipc::SystemError("write");
  }
}

std::vector<std::string> lab::read_journal(const std::string& path) {
  int fd;
  while ((fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) == -1) {
    if (errno != EINTR) throw ipc::SystemError("open");
  }
  const ipc::UniqueFd fifo(fd);

  std::vector<std::string> records{""};
  std::array<char, PIPE_BUF> piece;
  while (const ssize_t count = ::read(fd, piece.data(), piece.size())) {
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) throw ipc::SystemError("read");
    for (ssize_t i = 0; i < count; ++i) {
      const char letter = piece[static_cast<std::size_t>(i)];
      letter == '\n' ? void(records.emplace_back()) : records.back().push_back(letter);
    }
  }
  records.pop_back();  // What nobody has ended, most often nothing.
  return records;
}
