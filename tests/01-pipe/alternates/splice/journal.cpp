#include "journal.h"

#include <limits.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <stdexcept>

#include "pages.h"

void lab::make_journal(const std::string& path) {
  const int made = ::mkfifo(path.c_str(), 0600);
  if (made < 0 && errno != EEXIST) throw ipc::SystemError("mkfifo");
  // Whoever made it, this is what counts.
  struct stat found;
  if (::stat(path.c_str(), &found) < 0 || !S_ISFIFO(found.st_mode)) {
    throw ipc::SystemError("mkfifo", EEXIST);
  }
}

static int open_patiently(const std::string& path, int flags) {
  int fd;
  do fd = ::openat(AT_FDCWD, path.c_str(), flags | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) throw ipc::SystemError("openat");
  return fd;
}

lab::JournalWriter::JournalWriter(const std::string& path)
    : fifo_(open_patiently(path, O_WRONLY)) {}

void lab::JournalWriter::append(std::string_view line) {
  // Not with vmsplice: PIPE_BUF is a promise about write(2). Two pages may go in one by one.
  if (line.size() >= PIPE_BUF) throw std::length_error("record of more than PIPE_BUF bytes");
  if (line.find('\n') != line.npos) throw std::invalid_argument("record of two lines");
  std::string record(line);
  record += '\n';
  ssize_t written;
  do written = ::write(fifo_.get(), record.data(), record.size());
  while (written < 0 && errno == EINTR);
  if (written < 0) throw ipc::SystemError("write");
}

std::vector<std::string> lab::read_journal(const std::string& path) {
  const ipc::UniqueFd fifo(open_patiently(path, O_RDONLY));
  Siphon siphon;
  std::vector<std::string> records;
  std::string text;
  std::size_t begin = 0;  // Of the record that is not complete yet.
  for (;;) {
    // As much as is there, and at least one byte: the siphon would wait for a full buffer.
    int there = 0;
    if (::ioctl(fifo.get(), FIONREAD, &there) < 0) throw ipc::SystemError("ioctl");
    const std::size_t before = text.size();
    const auto wanted = static_cast<std::size_t>(std::max(there, 1));
    text.resize(before + wanted);
    const std::size_t got =
        siphon.fill(fifo.get(), std::as_writable_bytes(std::span(text).subspan(before)));
    text.resize(before + got);
    for (auto end = text.find('\n', before); end != text.npos; end = text.find('\n', begin)) {
      records.emplace_back(text, begin, end - begin);
      begin = end + 1;
    }
    if (got < wanted) return records;
    if (begin > 100'000) {
      text.erase(0, begin);
      begin = 0;
    }
  }
}
