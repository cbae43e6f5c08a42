#include "journal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <stdexcept>

#include "gather.h"

void lab::make_journal(const std::string& path) {
  if (::mknod(path.c_str(), S_IFIFO | 0600, 0) == 0) return;
  const int error = errno;
  struct stat found = {};
  if (error == EEXIST && ::stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode)) return;
  throw ipc::SystemError("mknod", error);
}

namespace {

int opened(const std::string& path, int mode) {
  for (;;) {
    if (const int fd = ::open(path.c_str(), mode | O_CLOEXEC); fd >= 0) return fd;
    if (errno != EINTR) throw ipc::SystemError("open");
  }
}

}  // namespace

lab::JournalWriter::JournalWriter(const std::string& path) : fifo_(opened(path, O_WRONLY)) {}

void lab::JournalWriter::append(std::string_view line) {
  static constexpr char end = '\n';
  if (line.size() + sizeof end > PIPE_BUF) throw std::length_error("too long a line");
  if (line.find(end) != line.npos) throw std::invalid_argument("a line in a line");
  // Two buffers and one call: writev(2) is as atomic as write(2).
  const std::array<iovec, 2> record{iovec{const_cast<char*>(line.data()), line.size()},
                                    iovec{const_cast<char*>(&end), sizeof end}};
  while (::writev(fifo_.get(), record.data(), 2) < 0) {
    if (errno != EINTR) throw ipc::SystemError("writev");
  }
}

std::vector<std::string> lab::read_journal(const std::string& path) {
  const ipc::UniqueFd fifo(opened(path, O_RDONLY));
  std::vector<std::string> records;
  std::string record;
  std::array<char, 2000> ring;  // What is read begins at `next` and goes on at the front.
  std::size_t next = 0;
  for (;;) {
    const std::array<iovec, 2> room{iovec{ring.data() + next, ring.size() - next},
                                    iovec{ring.data(), next}};
    const ssize_t got = ::readv(fifo.get(), room.data(), next == 0 ? 1 : 2);
    if (got == 0) return records;
    if (got < 0) {
      if (errno != EINTR) throw ipc::SystemError("readv");
      continue;
    }
    for (ssize_t i = 0; i < got; ++i) {
      const char letter = ring[next];
      next = (next + 1) % ring.size();
      if (letter != '\n') {
        record += letter;
        continue;
      }
      records.push_back(record);
      record.clear();
    }
  }
}
