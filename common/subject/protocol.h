#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

/// What the judge and the subject say to each other. This is the one header that both sides share.
///
/// Two kinds of sockets. The *zygote's* is trusted on both ends: the zygote never maps a byte of
/// student code. A *role's* is not: student code lives in the same process, so that the judge takes
/// what comes out of it for a claim and bounds it.
namespace subject {

/// Judge to zygote, one packet each (SOCK_SEQPACKET), descriptors as SCM_RIGHTS.
enum class Order : std::uint32_t {
  load,   ///< [shared object] what every role loads from now on
  start,  ///< [control, stdin, stdout, stderr] fork a role; `argument` is its index
  end,    ///< the run is over: kill what is left, reap it, empty the scratch directories
  open,   ///< open `path` with `argument` as flags; the answer is `opened`
};

struct ZygoteOrder {
  Order order;
  std::uint32_t argument;
  char path[112];
};

/// Zygote to judge.
enum class News : std::uint32_t {
  ready,    ///< the zygote runs; `status` is the errno of mq_open(3) here, 0 if it works
  started,  ///< role `index` is process `pid`, as seen in the sandbox
  exited,   ///< role `index` ended with `status` (as wait(2) gives it)
  litter,   ///< at the end of a run `name` was left in a scratch directory
  ended,    ///< the run's remains are gone; unless `status` is an errno: then some are still there
  opened,   ///< [descriptor, unless `status` is an errno] what `Order::open` asked for
};

struct ZygoteNews {
  News news;
  std::uint32_t index;
  std::int32_t pid;
  std::int32_t status;
  char name[112];
};

/// The header of everything on a role's control socket (SOCK_STREAM, both directions); `size` bytes
/// follow.
struct Frame {
  std::uint32_t kind;
  std::uint32_t size;
};

/// Judge to role.
enum class ToRole : std::uint32_t {
  setup = 1,  ///< the role's name, then arguments, as strings that end with NUL: name, (key,
              ///< value)... A value "@fd" stands for the next descriptor of those that come along.
  go,         ///< carry on: into the role's body after `ready`, out of the process after `finished`
};

/// Role to judge.
enum class FromRole : std::uint32_t {
  ready = 1,  ///< loaded; waits for `go`
  report,     ///< a tag that ends with NUL, then data
  finished,   ///< the body is over; waits for `go`. How, what: strings that end with NUL.
  trace,      ///< a process of the role stands here: Trace, then addresses
  broken,     ///< the role could not be loaded: a text
};

/// Why and where a process of a role says where it is: at a fatal signal, or because it was asked.
struct Trace {
  std::int32_t signal;  ///< the fatal signal; 0 if it was asked
  std::int32_t pid;
};

/// The signal with which the judge asks a blocked process where it is. It comes right before the
/// end, so that it does not matter that the blocked call is interrupted.
inline constexpr int where_are_you = 62;

/// Families of calls that faults can be injected into.
enum Call : std::uint32_t {
  call_read = 1U << 0,         ///< read, readv, splice and tee from, recv: whatever takes bytes in
  call_write = 1U << 1,        ///< write, writev, vmsplice, send: whatever puts bytes out
  call_open = 1U << 2,         ///< open, openat
  call_pipe = 1U << 3,         ///< pipe, pipe2, dup, dup2, dup3
  call_fork = 1U << 4,         ///< fork, posix_spawn
  call_wait = 1U << 5,         ///< wait, waitpid, waitid, wait4
  call_poll = 1U << 6,         ///< poll, ppoll, select, pselect, epoll_wait
  call_map = 1U << 7,          ///< shm_open, ftruncate, posix_fallocate, mmap
  call_queue = 1U << 8,        ///< mq_send, mq_timedsend, mq_receive, mq_timedreceive
  call_semaphore = 1U << 9,    ///< sem_wait, sem_timedwait, sem_clockwait
  call_connect = 1U << 10,     ///< socket, socketpair, bind, listen, connect
  call_accept = 1U << 11,      ///< accept, accept4
  call_queue_open = 1U << 12,  ///< mq_open, which no signal interrupts
  call_lock_init = 1U << 13,   ///< pthread_mutex_init, pthread_cond_init, sem_init
};

/// One rule of a fault plan: which calls fail, and how.
struct FaultRule {
  std::uint32_t calls;  ///< the families, or'ed
  std::uint32_t first;  ///< the first call that meets the rule, counted from 1
  std::uint32_t count;  ///< how many calls from there on meet it
  std::int32_t error;   ///< errno to fail with; 0: the call is short
  std::uint32_t most;   ///< a short call takes at most that many bytes
};

inline constexpr int most_fault_rules = 4;

/// Shared memory between a role and the judge. What the judge reads here is a claim, too.
struct FaultPage {
  std::uint32_t rule_count;
  FaultRule rules[most_fault_rules];
  std::atomic<std::uint32_t> calls[most_fault_rules];  ///< calls so far that each rule looks at
  std::atomic<std::uint32_t> met[most_fault_rules];    ///< how often each rule was met
  std::atomic<std::uint32_t> shell_calls;  ///< system and popen: a shell did the student's work
  std::atomic<std::uint32_t> timers;       ///< alarm, setitimer, timer_create: a wait may end
};

/// The first argument of a zygote whose uid nothing outside its sandbox has. What the kernel keeps
/// for that uid is then of this sandbox.
constexpr std::string_view own_uid = "--own-uid";

/// How the names of a sandbox's message queues begin. Where there is no namespace that keeps them
/// apart, two sandboxes must not have the same, and the zygote has to know which are its own.
/// @param scratch  the sandbox's directory for temporary files.
inline std::string queue_prefix(std::string_view scratch) {
  const std::string_view above = scratch.substr(0, scratch.rfind('/'));
  const std::string_view name = above.substr(above.rfind('/') + 1);
  return "/" + std::string(name) + (name.empty() ? "" : "-");
}

}  // namespace subject
