/// confine: gives up rights and resources, then becomes another program.
///
///     confine [--uid N] [--cpu SECONDS] [--memory BYTES] [--processes N] [--file BYTES]
///             [--read DIR]... [--write DIR]... [--no-namespaces]
///             [--no-message-queues] [--fchmod] -- PROGRAM [ARGUMENT...]
///     confine --probe           does nothing, successfully
///
/// It is the last trusted program before untrusted code: everything that the sandbox promises and
/// that bubblewrap does not do is done here, once, for the compiler as for the subject. What is
/// given up here cannot be had back, because no_new_privs is set before the filter and before exec.
///
/// --read and --write make a Landlock domain: nothing else of the file system can be opened. They
/// are for machines that deny namespaces; where bubblewrap works, what is not mounted cannot be
/// named. --no-namespaces says that this is such a machine, where PROGRAM can be named by whoever
/// it starts, and so has to be kept from their signals. --no-message-queues is for such a machine
/// where nobody could find the queues that PROGRAM leaves: mq_open(2) says ENODEV. Landlock would
/// refuse to open a queue only after the kernel has made it. --fchmod is for a linker, which sets
/// the mode of the file that it makes and does not go on if it may not.
/// @see prctl(2), setrlimit(2), seccomp(2), landlock(7), setresuid(2)

#include <asm/sockios.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "confine: %s: %s\n", what, std::strerror(errno));
  std::exit(125);
}

struct Wishes {
  long uid = -1;
  bool no_namespaces = false;
  bool no_message_queues = false;
  bool fchmod = false;
  std::vector<const char*> readable;
  std::vector<const char*> writable;
};

void limit(int resource, const char* value) {
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) give_up("getrlimit");
  const rlim_t most = std::min<rlim_t>(std::strtoull(value, nullptr, 10), now.rlim_max);
  const rlimit both{most, most};
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &both) != 0) give_up("setrlimit");
}

void become(uid_t uid) {
  if (::setgroups(0, nullptr) != 0) give_up("setgroups");
  if (::setresgid(uid, uid, uid) != 0) give_up("setresgid");
  if (::setresuid(uid, uid, uid) != 0) give_up("setresuid");
  // Changing credentials has cleared the wish to die with the parent (prctl(2)): ask again.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("prctl(PR_SET_PDEATHSIG)");
}

// What glibc 2.36 has no names for yet is left to the kernel's ABI number: each right exists from
// one ABI on, and asking for more than the kernel knows is an error.
std::uint64_t all_rights(long abi) {
  std::uint64_t rights = (1ULL << 13) - 1;  // ABI 1: from EXECUTE to MAKE_SYM
  if (abi >= 2) rights |= 1ULL << 13;       // REFER
  if (abi >= 3) rights |= 1ULL << 14;       // TRUNCATE
  return rights;
}

void allow(int ruleset, const char* path, std::uint64_t rights) {
  landlock_path_beneath_attr rule{};
  rule.parent_fd = ::open(path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) {
    if (errno == ENOENT) return;
    give_up(path);
  }
  // Rights to a directory's entries are not for files.
  struct stat status {};
  if (::fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode)) {
    rights &= LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
              LANDLOCK_ACCESS_FS_WRITE_FILE | 1ULL << 14;
  }
  rule.allowed_access = rights;
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    give_up("landlock_add_rule");
  }
  ::close(rule.parent_fd);
}

void enter_landlock_domain(const Wishes& wishes) {
  const long abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) give_up("landlock_create_ruleset");
  struct {
    std::uint64_t handled_access_fs;
    std::uint64_t handled_access_net;
    std::uint64_t scoped;
  } domain{all_rights(abi), 0, 0};
  std::size_t size = sizeof(std::uint64_t);
  if (abi >= 4) {  // no TCP: neither bind nor connect
    domain.handled_access_net = 3;
    size = 2 * sizeof(std::uint64_t);
  }
  if (abi >= 6) {  // no abstract socket and no signal to a process outside
    domain.scoped = 3;
    size = sizeof(domain);
  }
  const int ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &domain, size, 0));
  if (ruleset < 0) give_up("landlock_create_ruleset");
  const std::uint64_t reading =
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  for (const char* path : wishes.readable) allow(ruleset, path, reading);
  for (const char* path : wishes.writable) allow(ruleset, path, domain.handled_access_fs);
  std::uint64_t device = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
  if (abi >= 3) device |= 1ULL << 14;
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/full", "/dev/urandom"}) {
    allow(ruleset, path, device);
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) give_up("landlock_restrict_self");
  ::close(ruleset);
}

/// The list of what is refused. A list of that and not of what is allowed: students may use any
/// call that a lab could need. What is on it reaches into another process, out of the sandbox, or
/// around the engine.
class Filter {
 public:
  Filter() : filter_(seccomp_init(SCMP_ACT_ALLOW)) {
    if (filter_ == nullptr) give_up("seccomp_init");
  }
  ~Filter() { seccomp_release(filter_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  void refuse(int call, std::initializer_list<scmp_arg_cmp> arguments = {}, int error = EPERM) {
    const int result =
        seccomp_rule_add_array(filter_, SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call,
                               static_cast<unsigned>(arguments.size()), arguments.begin());
    // A call that this architecture or this libseccomp does not have cannot be made either.
    if (result != 0 && result != -EDOM && result != -EINVAL) {
      errno = -result;
      give_up("seccomp_rule_add");
    }
  }

  void load() {
    if (const int result = seccomp_load(filter_); result != 0) {
      errno = -result;
      give_up("seccomp_load");
    }
  }

 private:
  scmp_filter_ctx filter_;
};

// The kernel looks at 32 bits of an int, whatever stands in the other half of the register.
scmp_arg_cmp is(unsigned argument, long value) {
  return SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, 0xffffffff, static_cast<std::uint32_t>(value));
}

scmp_arg_cmp is_not_0(unsigned argument) { return SCMP_CMP64(argument, SCMP_CMP_NE, 0, 0); }

// Where a pid namespace would protect its first process, and an ipc namespace hold objects.
void refuse_what_namespaces_hide(Filter& filter, const Wishes& wishes) {
  // kill(-1) is everybody, and `first` is the process that the judge relies on: us, after exec.
  const long first = ::getpid();
  filter.refuse(SCMP_SYS(kill), {is(0, -1)});
  for (const long target : {first, -first}) {
    filter.refuse(SCMP_SYS(kill), {is(0, target)});
    filter.refuse(SCMP_SYS(fcntl), {is(1, F_SETOWN), is(2, target)});
  }
  for (const int call : {SCMP_SYS(tkill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo),
                         SCMP_SYS(rt_tgsigqueueinfo)}) {
    filter.refuse(call, {is(0, first)});
  }
  filter.refuse(SCMP_SYS(setpgid), {is(1, first)});  // kill(0) means one's own group
  // Targets that stand in memory, or in a descriptor, cannot be looked at here.
  filter.refuse(SCMP_SYS(pidfd_send_signal));
  filter.refuse(SCMP_SYS(fcntl), {is(1, F_SETOWN_EX)});
  for (const long request : {FIOSETOWN, SIOCSPGRP}) {
    filter.refuse(SCMP_SYS(ioctl), {is(1, request)});
  }
  // System V objects outlive their process, and belong to the whole machine.
  for (const int call : {SCMP_SYS(shmget), SCMP_SYS(shmat), SCMP_SYS(shmctl), SCMP_SYS(semget),
                         SCMP_SYS(semctl), SCMP_SYS(semop), SCMP_SYS(semtimedop), SCMP_SYS(msgget),
                         SCMP_SYS(msgctl), SCMP_SYS(msgsnd), SCMP_SYS(msgrcv)}) {
    filter.refuse(call);
  }
  if (wishes.uid >= 0) return;
  // Under the caller's own uid its files are ours, and Landlock says nothing of their rights.
  for (const int call :
       {SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(lchown),
        SCMP_SYS(fchownat), SCMP_SYS(setxattr), SCMP_SYS(lsetxattr), SCMP_SYS(fsetxattr),
        SCMP_SYS(removexattr), SCMP_SYS(lremovexattr), SCMP_SYS(fremovexattr), SCMP_SYS(utime),
        SCMP_SYS(utimes), SCMP_SYS(futimesat), SCMP_SYS(utimensat)}) {
    filter.refuse(call);
  }
  if (!wishes.fchmod) filter.refuse(SCMP_SYS(fchmod));
}

void refuse_system_calls(const Wishes& wishes) {
  const int refused[] = {
      // another process' memory and descriptors
      SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
      SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp), SCMP_SYS(process_madvise), SCMP_SYS(perf_event_open),
      SCMP_SYS(move_pages), SCMP_SYS(migrate_pages),
      // new namespaces and mounts
      SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
      SCMP_SYS(chroot), SCMP_SYS(open_tree), SCMP_SYS(move_mount), SCMP_SYS(fsopen),
      SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(fspick), SCMP_SYS(mount_setattr),
      // calls whose work no interposed function sees
      SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
      SCMP_SYS(userfaultfd),
      // the kernel itself
      SCMP_SYS(bpf), SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at), SCMP_SYS(add_key),
      SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(init_module), SCMP_SYS(finit_module),
      SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot),
      SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(syslog),
      SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(settimeofday),
      SCMP_SYS(clock_settime), SCMP_SYS(vhangup), SCMP_SYS(iopl), SCMP_SYS(ioperm)};
  Filter filter;
  for (const int call : refused) filter.refuse(call);
  // glibc falls back to clone(2), whose flags can be looked at, when there is no clone3(2).
  filter.refuse(SCMP_SYS(clone3), {}, ENOSYS);
  for (const int flag : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC,
                         CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    const auto bits = static_cast<std::uint64_t>(flag);
    filter.refuse(SCMP_SYS(clone), {SCMP_A0(SCMP_CMP_MASKED_EQ, bits, bits)});
  }
  filter.refuse(SCMP_SYS(ioctl), {is(1, TIOCSTI)});
  // Limits and priorities are one's own business: 0 is oneself. The zygote has the uid of its
  // roles, and could not do its work without descriptors, processes or a turn on a CPU.
  for (const int call : {SCMP_SYS(prlimit64), SCMP_SYS(sched_setscheduler),
                         SCMP_SYS(sched_setparam), SCMP_SYS(sched_setattr)}) {
    filter.refuse(call, {is_not_0(0)});
  }
  for (const int call : {SCMP_SYS(setpriority), SCMP_SYS(ioprio_set)}) {
    filter.refuse(call, {is_not_0(1)});
  }
  if (wishes.no_message_queues) filter.refuse(SCMP_SYS(mq_open), {}, ENODEV);
  if (wishes.no_namespaces) refuse_what_namespaces_hide(filter, wishes);
  filter.load();
}

}  // namespace

int main(int argc, char** argv) {
  // The judge asks itself in: a sandbox that starts this program can be had.
  if (argc == 2 && std::string_view(argv[1]) == "--probe") return 0;
  Wishes wishes;
  int at = 1;
  for (; at < argc && std::string_view(argv[at]) != "--"; ++at) {
    const std::string_view option = argv[at];
    if (option == "--no-namespaces") {
      wishes.no_namespaces = true;
      continue;
    }
    if (option == "--no-message-queues") {
      wishes.no_message_queues = true;
      continue;
    }
    if (option == "--fchmod") {
      wishes.fchmod = true;
      continue;
    }
    const char* value = ++at < argc ? argv[at] : "";
    if (option == "--uid")
      wishes.uid = std::strtol(value, nullptr, 10);
    else if (option == "--cpu")
      limit(RLIMIT_CPU, value);
    else if (option == "--memory")
      limit(RLIMIT_AS, value);
    else if (option == "--processes")
      limit(RLIMIT_NPROC, value);
    else if (option == "--file")
      limit(RLIMIT_FSIZE, value);
    else if (option == "--read")
      wishes.readable.push_back(value);
    else if (option == "--write")
      wishes.writable.push_back(value);
    else {
      std::fprintf(stderr, "confine: unknown option %s\n", argv[at - 1]);
      return 125;
    }
  }
  if (at + 1 >= argc) {
    std::fputs("confine: no program\n", stderr);
    return 125;
  }
  // The same everywhere, whatever the machine's own limits are.
  limit(RLIMIT_CORE, "0");
  limit(RLIMIT_NOFILE, "1024");
  limit(RLIMIT_RTPRIO, "0");
  limit(RLIMIT_NICE, "0");
  if (wishes.uid >= 0) become(static_cast<uid_t>(wishes.uid));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("prctl(PR_SET_NO_NEW_PRIVS)");
  if (!wishes.readable.empty() || !wishes.writable.empty()) enter_landlock_domain(wishes);
  refuse_system_calls(wishes);
  ::execv(argv[at + 1], argv + at + 1);
  give_up(argv[at + 1]);
}
