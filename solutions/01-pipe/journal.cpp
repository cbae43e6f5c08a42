#include "journal.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "common/ipc/system_error.h"

namespace lab {
namespace {

/// Opens one end of a FIFO and waits there until somebody opens the other. That wait may last for
/// hours, so a signal may well come in between.
ipc::UniqueFd open_end(const std::string& path, int access) {
  int fd;
  do {
    fd = ::open(path.c_str(), access | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) throw ipc::SystemError("open");
  return ipc::UniqueFd(fd);
}

}  // namespace

void make_journal(const std::string& path) {
  if (::mkfifo(path.c_str(), S_IRUSR | S_IWUSR) == 0) return;
  if (errno != EEXIST) throw ipc::SystemError("mkfifo");

  // Trying first and looking afterwards: the other way round, somebody could come in between. A
  // regular file must not pass: writers would never wait, and the reader would end too early.
  struct stat found;
  if (::stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode)) return;
  throw ipc::SystemError("mkfifo", EEXIST);
}

JournalWriter::JournalWriter(const std::string& path) : fifo_(open_end(path, O_WRONLY)) {}

void JournalWriter::append(std::string_view line) {
  if (line.size() >= PIPE_BUF) {  // The '\n' needs a place too.
    throw std::length_error("a record must fit into PIPE_BUF bytes");
  }
  if (line.find('\n') != std::string_view::npos) {
    throw std::invalid_argument("a record is one line");
  }

  // The record and its '\n' in one buffer, for one call: between two calls another writer may come.
  std::string record;
  record.reserve(line.size() + 1);
  record.append(line).push_back('\n');

  // Up to PIPE_BUF bytes go in whole or wait until there is room for all of them, so here is no
  // rest to write. A loop that offered one could not help anyway: the record would be torn already.
  while (::write(fifo_.get(), record.data(), record.size()) < 0) {
    if (errno != EINTR) throw ipc::SystemError("write");  // EINTR: nothing was written.
  }
}

std::vector<std::string> read_journal(const std::string& path) {
  // Read-only. With O_RDWR open would not wait for a writer, which looks handy, but this process
  // would be a writer itself: the last writer would never be gone, and read would never return 0.
  const ipc::UniqueFd fifo = open_end(path, O_RDONLY);

  std::vector<std::string> records;
  std::string begun;              // The front of a record whose '\n' has not come yet.
  std::array<char, 65536> chunk;  // What a pipe holds: one call may empty it.
  for (;;) {
    const ssize_t got = ::read(fifo.get(), chunk.data(), chunk.size());
    if (got < 0) {
      if (errno == EINTR) continue;
      throw ipc::SystemError("read");
    }
    if (got == 0) return records;  // The last writer is gone; what it had only begun is no record.

    // Records were written whole, and still a read may bring half of one, or thirty and a half: the
    // promise of PIPE_BUF is about what comes in between, not about where a read stops.
    std::string_view piece(chunk.data(), static_cast<std::size_t>(got));
    for (auto end = piece.find('\n'); end != piece.npos; end = piece.find('\n')) {
      begun.append(piece.substr(0, end));
      records.push_back(std::move(begun));
      begun.clear();
      piece.remove_prefix(end + 1);
    }
    begun.append(piece);
  }
}

}  // namespace lab
