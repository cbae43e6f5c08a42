#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "common/ipc/system_error.h"

void lab::make_journal(const std::string& path) {
  struct stat there;
  if (mkfifo(path.c_str(), 0600) == 0) return;
  if (errno == EEXIST) {
    if (stat(path.c_str(), &there) == 0 && (there.st_mode & S_IFMT) == S_IFIFO) return;
    errno = EEXIST;
  }
  throw ipc::SystemError("mkfifo");
}

static int open_for(const char* path, int flags) {
  for (;;) {
    int fd = open(path, flags);
    if (fd >= 0) return fd;
    if (errno != EINTR) throw ipc::SystemError("open");
  }
}

lab::JournalWriter::JournalWriter(const std::string& path) {
  fifo_.reset(open_for(path.c_str(), O_WRONLY));
}

void lab::JournalWriter::append(std::string_view line) {
  char record[PIPE_BUF];
  if (line.size() + 1 > sizeof record) throw std::length_error("record too long");
  if (!line.empty() && memchr(line.data(), '\n', line.size()) != nullptr)
    throw std::invalid_argument("newline in a record");
  if (!line.empty()) memcpy(record, line.data(), line.size());
  record[line.size()] = '\n';
  while (write(fifo_.get(), record, line.size() + 1) < 0)
    if (errno != EINTR) throw ipc::SystemError("write");
}

std::vector<std::string> lab::read_journal(const std::string& path) {
  int fd = open_for(path.c_str(), O_RDONLY);
  std::vector<std::string> records(1); /* the last one is being read */
  int error = 0;
  for (;;) {
    char c;
    ssize_t n = read(fd, &c, 1);
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      error = errno;
      break;
    }
    if (c == '\n')
      records.emplace_back();
    else
      records.back() += c;
  }
  close(fd);
  if (error != 0) throw ipc::SystemError("read", error);
  records.pop_back();
  return records;
}
