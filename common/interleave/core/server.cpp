/// The process from which every run is forked. In a program that is explored it comes into being
/// before main: from there on it only forks, waits, and clears away. It says what the explorer asks
/// for and nothing else, and runs no line of the program itself, so that all runs begin alike.

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/litter.h"
#include "common/interleave/core/paths.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/run.h"
#include "common/interleave/core/signals.h"

namespace interleave {

namespace {

// What stands in the control segment is a claim of the run's processes: a wild pointer of theirs
// may have been there. So every index is checked, and nobody is sent a signal because of it.

// One of the files in /proc about a thread. @returns its size; 0 if the thread is gone
template <std::size_t size>
std::size_t read_about(const Thread& thread, const char* what, char (&text)[size]) {
  char name[60];
  std::snprintf(name, sizeof name, "/proc/%d/task/%d/%s", thread.pid, thread.tid, what);
  const long fd = raw::call(SYS_open, name, O_RDONLY, 0);
  const long read = fd < 0 ? 0 : raw::call(SYS_read, fd, text, size - 1);
  if (fd >= 0) raw::call(SYS_close, fd);
  text[read > 0 ? read : 0] = '\0';
  return read > 0 ? static_cast<std::size_t>(read) : 0;
}

// What the kernel says of a thread.
struct Seen {
  char state = 'X';  // dead
  unsigned long long ticks = 0;
  int status = 0;  // of a process that has ended
};

Seen look_at(const Thread& thread) {
  Seen seen;
  char text[1024];
  if (read_about(thread, "stat", text) == 0) return seen;
  // The name may hold blanks and parentheses.
  const char* rest = std::strrchr(text, ')');
  if (rest == nullptr) return seen;
  unsigned long long user = 0, system = 0;
  std::sscanf(rest + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &seen.state, &user,
              &system);
  seen.ticks = user + system;
  if (const char* last = std::strrchr(text, ' ')) seen.status = std::atoi(last);
  return seen;
}

// Processor time of the run's threads, and whether all of them wait in the kernel.
struct Look {
  unsigned long long ticks = 0;
  bool all_wait = true;
};

std::uint32_t known_threads() { return std::min<std::uint32_t>(control->threads, most_threads); }

Look look_at_threads() {
  Look look;
  for (std::uint32_t i = 0; i < known_threads(); ++i) {
    const Seen seen = look_at(control->thread[i]);
    look.ticks += seen.ticks;
    if (seen.state == 'R') look.all_wait = false;
  }
  return look;
}

bool somebody_waits() {
  for (std::uint32_t i = 0; i < known_threads(); ++i) {
    if (control->thread[i].state != State::ended) return true;
  }
  return false;
}

// Nobody has done a step for a while. Says why, if it is plain by now.
void explain_quiet(bool spins) {
  const std::uint32_t holder = control->holder;
  Verdict& verdict = control->verdict;
  verdict.thread = holder;
  verdict.outcome = spins ? Outcome::livelock : Outcome::stuck;
  std::strcpy(verdict.text,
              spins ? "It uses the processor without end and without a call that others notice."
                    : "It waits in a call that the engine does not know.");
  if (holder >= known_threads()) return;
  const Thread& thread = control->thread[holder];
  verdict.path = thread.path;
  const Seen seen = look_at(thread);
  if (seen.state == 'Z' || seen.state == 'X') {
    if (thread.in_kernel) {
      // By exec it had become another program, and has ended as such.
      verdict.text[0] = '\0';
      verdict.status = seen.status;
      verdict.outcome = seen.status != 0 && thread.process == 0 ? Outcome::crash
                        : somebody_waits()                      ? Outcome::deadlock
                                                                : Outcome::finished;
      return;
    }
    verdict.status = seen.status & 0x7f;
    if (verdict.status != 0) verdict.outcome = Outcome::crash;
    std::strcpy(verdict.text, "Whose turn it was is gone, and the engine was not told how.");
    return;
  }
  char text[200];
  if (!spins && read_about(thread, "syscall", text) > 0) {
    std::snprintf(verdict.text, sizeof verdict.text,
                  "It waits in system call %d, which the engine does not model.", std::atoi(text));
  }
}

bool holder_is_gone() {
  const std::uint32_t holder = control->holder;
  // Who has not begun yet has no number.
  if (holder >= known_threads() || control->thread[holder].tid == 0) return false;
  const char state = look_at(control->thread[holder]).state;
  return state == 'Z' || state == 'X';
}

// Waits for the end of the run; sees to it that it has one. This is the watchdog, for what the
// engine does not see: it looks at processor time, and at who waits, and not at the clock alone.
// @param may_pause  somebody may look at a step with a debugger, for as long as he likes
void await_end(bool may_pause) {
  constexpr unsigned long long most_ticks = 300;  // of 10 ms, without a step
  constexpr int longest_quiet = 20, longest_absence = 3;
  std::uint64_t progress = control->progress.load();
  unsigned long long ticks = 0;
  int quiet = 0, absent = 0;
  bool first = true;
  while (control->ended.load(std::memory_order_acquire) == 0) {
    const timespec patience{0, 100'000'000};
    raw::call(SYS_futex, &control->ended, FUTEX_WAIT, 0, &patience);
    if (control->ended.load() != 0) break;
    const std::uint64_t now = control->progress.load();
    const Look look = look_at_threads();
    if (may_pause && control->paused.load() != 0) continue;  // somebody is debugging
    if (first || now != progress) {
      first = false;
      progress = now;
      ticks = look.ticks;
      quiet = absent = 0;
      continue;
    }
    const bool spins = look.ticks > ticks + most_ticks;
    quiet = look.all_wait ? quiet + 1 : 0;
    absent = holder_is_gone() ? absent + 1 : 0;
    if (!spins && quiet < longest_quiet && absent < longest_absence) continue;
    explain_quiet(spins);
    control->ended.store(1);
  }
}

// Whoever belongs to the run is below us: also an orphan, and one that nobody told of.
void clear_away() {
  while (true) {
    char name[60], list[4096];
    std::snprintf(name, sizeof name, "/proc/self/task/%ld/children", raw::call(SYS_gettid));
    const long fd = raw::call(SYS_open, name, O_RDONLY, 0);
    const long size = fd < 0 ? 0 : raw::call(SYS_read, fd, list, sizeof list - 1);
    if (fd >= 0) raw::call(SYS_close, fd);
    list[size > 0 ? size : 0] = '\0';
    char* at = list;
    while (const long child = std::strtol(at, &at, 10)) raw::call(SYS_kill, child, SIGKILL);
    // The children of those that end become ours.
    if (raw::call(SYS_wait4, -1, nullptr, __WALL, nullptr) == -ECHILD) break;
  }
  remove_litter();
}

void at_exit(int status, void*) {
  if (control == nullptr || self == nobody) return;
  // As exit(3) would do it after us, when nobody could see it any more.
  std::fflush(nullptr);
  exit_here(status, nullptr);
}

void begin_run() {
  raw::call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  const std::uint32_t process = new_process();
  const std::uint32_t thread = new_thread(process);
  control->thread[thread].turn.store(1);
  control->holder = thread;
  watch_ending_signals();
  ::on_exit(at_exit, nullptr);
  const Inside engine;
  take_standard_streams();
  become_process(thread);
}

[[gnu::constructor(102)]] void serve() {
  const char* words = std::getenv("IPCLAB_INTERLEAVE");
  if (words == nullptr) return;
  int segment = -1, orders = -1;
  if (std::sscanf(words, "%d %d", &segment, &orders) != 2) return;
  ::unsetenv("IPCLAB_INTERLEAVE");
  void* memory = reinterpret_cast<void*>(raw::call(SYS_mmap, nullptr, sizeof(Control),
                                                   PROT_READ | PROT_WRITE, MAP_SHARED, segment, 0));
  auto* there = static_cast<Control*>(memory);
  if (there->version != control_version) ::_exit(125);
  raw::call(SYS_close, segment);
  add_program_text(reinterpret_cast<const void*>(&serve));
  raw::call(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
  raw::call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  real::find_all();
  // To an orphan we are the parent, whom it may send signals.
  constexpr long signal_bytes = 8;
  const std::uint64_t ours = ~0ULL;
  std::uint64_t theirs = 0;
  raw::call(SYS_rt_sigprocmask, SIG_SETMASK, &ours, &theirs, signal_bytes);
  char order = 0;
  while (raw::call(SYS_read, orders, &order, 1) == 1) {
    control = there;
    const bool may_pause = control->plan.pause_thread != nobody;
    const pid_t pid = real::fork();
    if (pid == 0) {
      raw::call(SYS_rt_sigprocmask, SIG_SETMASK, &theirs, nullptr, signal_bytes);
      raw::call(SYS_close, orders);
      begin_run();
      return;  // into main
    }
    await_end(may_pause);
    clear_away();
    raw::call(SYS_write, orders, &order, 1);
  }
  raw::call(SYS_exit_group, 0);
}

}  // namespace

}  // namespace interleave
