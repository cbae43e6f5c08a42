#include "tests/proof/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace proof {

using ipc::SystemError;
using ipc::UniqueFd;

namespace {

constexpr int told_fd = 3;  // of the program

struct Pipe {
  UniqueFd read_end, write_end;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw SystemError("pipe2");
    // Out of the way of the numbers that the program is given.
    read_end = UniqueFd(::fcntl(ends[0], F_DUPFD_CLOEXEC, 100));
    write_end = UniqueFd(::fcntl(ends[1], F_DUPFD_CLOEXEC, 100));
    ::close(ends[0]);
    ::close(ends[1]);
    if (!read_end || !write_end) throw SystemError("fcntl(F_DUPFD_CLOEXEC)");
  }
};

[[noreturn]] void become(const Command& command, std::vector<char*>& arguments, pid_t parent,
                         int printed, int told) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  ::dup2(printed, STDOUT_FILENO);
  ::dup2(printed, STDERR_FILENO);
  ::dup2(told, told_fd);
  for (const auto& [name, value] : command.environment) {
    value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
  }
  for (const auto& [which, most] : command.limits) {
    const rlimit limit{most, RLIM_INFINITY};
    ::setrlimit(static_cast<__rlimit_resource_t>(which), &limit);
  }
  if (::chdir(command.work.c_str()) == 0) ::execvp(arguments[0], arguments.data());
  constexpr char sorry[] = "cannot be started\n";
  (void)!::write(STDERR_FILENO, sorry, sizeof sorry - 1);
  ::_exit(127);
}

// Hands on what has become whole lines since the last call.
void hear_lines(const std::string& text, std::size_t& heard,
                const std::function<void(const std::string&)>& hear) {
  for (std::size_t end; (end = text.find('\n', heard)) != std::string::npos; heard = end + 1) {
    hear(text.substr(heard, end - heard));
  }
}

}  // namespace

Ended run(const Command& command) {
  std::vector<std::string> words = command.words;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  Pipe printed, told;
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw SystemError("fork");
  if (pid == 0) {
    become(command, arguments, parent, printed.write_end.get(), told.write_end.get());
  }
  // Our own copies of the write ends would keep the streams from ending.
  printed.write_end.reset();
  told.write_end.reset();

  Ended ended;
  std::array<pollfd, 2> streams{
      {{printed.read_end.get(), POLLIN, 0}, {told.read_end.get(), POLLIN, 0}}};
  std::size_t heard = 0;
  const std::array<std::string*, 2> texts{&ended.printed, &ended.told};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    if (::poll(streams.data(), streams.size(), -1) < 0 && errno != EINTR) throw SystemError("poll");
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].revents == 0) continue;
      std::array<char, 65536> piece;
      const ssize_t n = ::read(streams[i].fd, piece.data(), piece.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        streams[i].fd = -1;
      } else {
        texts[i]->append(piece.data(), static_cast<std::size_t>(n));
        if (i == 1 && command.hear) hear_lines(ended.told, heard, command.hear);
      }
    }
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw SystemError("waitpid");
  }
  if (WIFEXITED(status)) ended.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  return ended;
}

}  // namespace proof
