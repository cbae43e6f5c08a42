#include "journal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <stdexcept>

#include "ready.h"

void lab::make_journal(const std::string& path) {
  struct stat found;
  for (int tries = 0; tries < 2; ++tries) {
    if (::lstat(path.c_str(), &found) == 0 && !S_ISLNK(found.st_mode)) {
      if (S_ISFIFO(found.st_mode)) return;
      throw ipc::SystemError("mkfifo", EEXIST);
    }
    if (::mkfifo(path.c_str(), 0600) == 0) return;
    if (errno != EEXIST) throw ipc::SystemError("mkfifo");
    // Somebody was faster, or it is a symbolic link: look again, at what it leads to.
    if (::stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode)) return;
  }
  throw ipc::SystemError("mkfifo", EEXIST);
}

namespace {

ipc::UniqueFd open_fifo(const std::string& path, int flags) {
  ipc::UniqueFd fd;
  while (!fd) {
    fd.reset(::open(path.c_str(), flags | O_CLOEXEC));
    if (!fd && errno != EINTR) throw ipc::SystemError("open");
  }
  return fd;
}

}  // namespace

lab::JournalWriter::JournalWriter(const std::string& path) : fifo_(open_fifo(path, O_WRONLY)) {}

void lab::JournalWriter::append(std::string_view line) {
  if (line.size() > PIPE_BUF - 1) throw std::length_error("line too long");
  for (const char letter : line) {
    if (letter == '\n') throw std::invalid_argument("newline in a line");
  }
  std::vector<std::byte> record(line.size() + 1, std::byte{'\n'});
  std::ranges::copy(std::as_bytes(std::span(line)), record.begin());
  // Ready or not, several writers may have seen the same room: the write itself may wait, and is
  // whole when it returns.
  do {
    wait_until_ready(fifo_.get(), POLLOUT);
  } while (put_some(fifo_.get(), record) == 0);
}

std::vector<std::string> lab::read_journal(const std::string& path) {
  const ipc::UniqueFd fifo = open_fifo(path, O_RDONLY);
  std::vector<std::string> records;
  std::vector<std::byte> pending;
  for (bool ended = false; !ended;) {
    const std::size_t before = pending.size();
    pending.resize(before + 3000);
    wait_until_ready(fifo.get(), POLLIN);
    pending.resize(before + take_some(fifo.get(), std::span(pending).subspan(before), ended));

    auto begin = pending.begin();
    auto from = begin + static_cast<std::ptrdiff_t>(before);
    for (auto end = std::find(from, pending.end(), std::byte{'\n'}); end != pending.end();
         end = std::find(begin, pending.end(), std::byte{'\n'})) {
      std::string& record = records.emplace_back();
      for (; begin != end; ++begin) record.push_back(std::to_integer<char>(*begin));
      ++begin;
    }
    pending.erase(pending.begin(), begin);
  }
  return records;
}
