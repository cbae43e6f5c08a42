#include "exchange.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace {

/// A child that writes. Its exit status is 0, or the errno that stopped it.
class Writer {
 public:
  Writer(int out, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == -1) throw ipc::SystemError("pipe2");
    alive_.reset(ends[0]);
    const ipc::UniqueFd childs(ends[1]);  // Open in the child alone when the constructor is over.
    child_ = ::fork();
    if (child_ == -1) throw ipc::SystemError("fork");
    if (child_ != 0) return;
    // From here on nothing but write(2) and _exit(2): another thread of the caller's may have held
    // any lock.
    while (!bytes.empty()) {
      const ssize_t count = ::write(out, bytes.data(), bytes.size());
      if (count == -1 && errno != EINTR) ::_exit(errno);
      if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    ::_exit(0);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Only reached with the child alive if reading has failed: nobody needs the rest.
  ~Writer() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) == -1 && errno == EINTR) continue;
  }

  /// A descriptor that is at its end as soon as the child is; -1 if there is no child.
  [[nodiscard]] int alive() const { return alive_.get(); }

  /// Waits for the child. @throws ipc::SystemError  what stopped it.
  void finish() {
    alive_.reset();
    if (child_ <= 0) return;
    int status = 0;
    while (::waitpid(child_, &status, 0) == -1) {
      if (errno != EINTR) throw ipc::SystemError("waitpid");
    }
    child_ = -1;
    if (WIFSIGNALED(status)) throw ipc::SystemError("write", EPIPE);
    if (WEXITSTATUS(status) != 0) throw ipc::SystemError("write", WEXITSTATUS(status));
  }

 private:
  pid_t child_ = -1;
  ipc::UniqueFd alive_;
};

}  // namespace

std::vector<std::byte> lab::exchange(int out, int in, std::span<const std::byte> mine,
                                     std::size_t expected) {
  Writer writer(out, mine);
  std::vector<std::byte> received(expected);
  std::size_t count = 0;
  while (count < expected) {
    pollfd either[2] = {{in, POLLIN, 0}, {writer.alive(), POLLIN, 0}};
    if (::poll(either, 2, -1) == -1) {
      if (errno == EINTR) continue;
      throw ipc::SystemError("poll");
    }
    if (either[1].revents != 0) writer.finish();
    if (either[0].revents == 0) continue;
    const ssize_t got = ::read(in, &received[count], expected - count);
    if (got == -1 && errno != EINTR) throw ipc::SystemError("read");
    if (got == 0) break;
    if (got > 0) count += static_cast<std::size_t>(got);
  }
  writer.finish();
  received.resize(count);
  return received;
}
