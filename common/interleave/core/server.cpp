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

// Processor time of the run's processes, and whether all of them wait in the kernel.
struct Look {
  unsigned long long ticks = 0;
  bool all_wait = true;
};

Look look_at_processes() {
  Look look;
  for (std::uint32_t i = 0; i < control->processes; ++i) {
    char name[40], text[512];
    std::snprintf(name, sizeof name, "/proc/%d/stat", control->process[i].pid);
    const long fd = raw::call(SYS_open, name, O_RDONLY, 0);
    if (fd < 0) continue;
    const long size = raw::call(SYS_read, fd, text, sizeof text - 1);
    raw::call(SYS_close, fd);
    if (size <= 0) continue;
    text[size] = '\0';
    const char* rest = std::strrchr(text, ')');
    if (rest == nullptr) continue;
    char state = '?';
    unsigned long long user = 0, system = 0;
    std::sscanf(rest + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &state, &user,
                &system);
    look.ticks += user + system;
    if (state == 'R') look.all_wait = false;
  }
  return look;
}

// Waits for the end of the run; sees to it that it has one. This is the watchdog, for what the
// engine does not see: it looks at processor time, and at who waits, and not at the clock alone.
void await_end() {
  constexpr unsigned long long most_ticks = 300;  // of 10 ms, without a step
  std::uint64_t progress = control->progress.load();
  unsigned long long ticks = 0;
  int quiet = 0;
  bool first = true;
  while (control->ended.load(std::memory_order_acquire) == 0) {
    const timespec patience{0, 100'000'000};
    raw::call(SYS_futex, &control->ended, FUTEX_WAIT, 0, &patience);
    if (control->ended.load() != 0) break;
    const std::uint64_t now = control->progress.load();
    const Look look = look_at_processes();
    if (control->paused.load() != 0) continue;  // somebody is debugging
    if (first || now != progress) {
      first = false;
      progress = now;
      ticks = look.ticks;
      quiet = 0;
      continue;
    }
    const bool spins = look.ticks - ticks > most_ticks;
    quiet = look.all_wait ? quiet + 1 : 0;
    if (!spins && quiet < 20) continue;
    Verdict& verdict = control->verdict;
    verdict.thread = control->holder;
    if (control->holder < control->threads) verdict.path = control->thread[control->holder].path;
    verdict.outcome = spins ? Outcome::livelock : Outcome::stuck;
    std::strcpy(verdict.text,
                spins ? "It uses the processor without end and without a call that others notice."
                      : "It waits in a call that the engine does not know.");
    if (!spins && control->holder < control->threads) {
      char name[40], text[200];
      std::snprintf(name, sizeof name, "/proc/%d/syscall", control->thread[control->holder].pid);
      const long fd = raw::call(SYS_open, name, O_RDONLY, 0);
      const long size = fd < 0 ? 0 : raw::call(SYS_read, fd, text, sizeof text - 1);
      if (fd >= 0) raw::call(SYS_close, fd);
      text[size > 0 ? size : 0] = '\0';
      std::snprintf(verdict.text, sizeof verdict.text,
                    "It waits in system call %d, which the engine does not model.",
                    std::atoi(text));
    }
    control->ended.store(1);
  }
}

void clear_away() {
  for (std::uint32_t i = 0; i < control->processes; ++i) {
    if (control->process[i].pid > 0) raw::call(SYS_kill, control->process[i].pid, SIGKILL);
  }
  while (true) {
    const long pid = raw::call(SYS_wait4, -1, nullptr, WNOHANG | __WALL, nullptr);
    if (pid == -ECHILD) break;
    if (pid > 0) continue;
    // Somebody is left whom nobody told of: below us, as an orphan is now.
    char name[60], list[4096];
    std::snprintf(name, sizeof name, "/proc/self/task/%ld/children", raw::call(SYS_gettid));
    const long fd = raw::call(SYS_open, name, O_RDONLY, 0);
    const long size = fd < 0 ? 0 : raw::call(SYS_read, fd, list, sizeof list - 1);
    if (fd >= 0) raw::call(SYS_close, fd);
    list[size > 0 ? size : 0] = '\0';
    char* at = list;
    while (const long child = std::strtol(at, &at, 10)) raw::call(SYS_kill, child, SIGKILL);
    raw::call(SYS_wait4, -1, nullptr, __WALL, nullptr);
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
  char order = 0;
  while (raw::call(SYS_read, orders, &order, 1) == 1) {
    control = there;
    const pid_t pid = real::fork();
    if (pid == 0) {
      raw::call(SYS_close, orders);
      begin_run();
      return;  // into main
    }
    await_end();
    clear_away();
    raw::call(SYS_write, orders, &order, 1);
  }
  raw::call(SYS_exit_group, 0);
}

}  // namespace

}  // namespace interleave
