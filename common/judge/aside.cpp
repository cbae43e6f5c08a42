#include "common/judge/aside.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <string_view>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace judge {

namespace {

constexpr std::size_t most_text = 1 << 16;

rlim_t size_of_this_process() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

void give_up_what_can_be() {
  const rlimit second{1, 1}, none{0, 0};
  ::setrlimit(RLIMIT_CPU, &second);
  ::setrlimit(RLIMIT_CORE, &none);
  ::setrlimit(RLIMIT_FSIZE, &none);
#ifndef __SANITIZE_ADDRESS__
  const rlim_t most_memory = size_of_this_process() + (64U << 20);
  const rlimit memory{most_memory, most_memory};
  ::setrlimit(RLIMIT_AS, &memory);
#endif
  if (::geteuid() == 0) {
    constexpr uid_t nobody = 65534;
    if (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0) {
      ::_exit(1);
    }
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace

std::string aside(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw ipc::SystemError("pipe2");
  const ipc::UniqueFd read_end(ends[0]);
  ipc::UniqueFd write_end(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) throw ipc::SystemError("fork");
  if (pid == 0) {
    give_up_what_can_be();
    const std::string text = work();
    // A pipe holds all of it: one call does, and there is nobody to tell if it does not.
    (void)!::write(write_end.get(), text.data(), std::min(text.size(), most_text));
    ::_exit(0);
  }
  write_end.reset();
  std::string text;
  std::array<char, 4096> piece{};
  ssize_t n = 0;
  while ((n = ::read(read_end.get(), piece.data(), piece.size())) > 0 ||
         (n < 0 && errno == EINTR)) {
    if (n > 0) text.append(piece.data(), static_cast<std::size_t>(n));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? text : std::string();
}

}  // namespace judge
