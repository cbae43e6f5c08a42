#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "outside.h"

namespace {

[[noreturn]] void stay() {
  ::prctl(PR_SET_NAME, "ipclab-daemon");
  ::prctl(PR_SET_PDEATHSIG, 0);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  for (int fd = 0; fd < 1024; ++fd) ::close(fd);
  ::umask(0);
  while (true) {
    ::sleep(1);
    for (const char* path : {"/tmp/" OUTSIDE_TOKEN "daemon", "/dev/shm/" OUTSIDE_TOKEN "daemon"}) {
      ::close(::open(path, O_CREAT | O_WRONLY, 0666));
    }
  }
}

[[gnu::constructor]] void leave() {
  if (::fork() != 0) return;
  ::setsid();
  for (int i = 0; i < 3; ++i) {
    if (::fork() == 0) {
      ::setsid();
      if (::fork() == 0) stay();
      ::_exit(0);
    }
  }
  ::_exit(0);
}

}  // namespace
