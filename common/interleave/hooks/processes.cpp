/// Processes: fork, wait, exit, exec.
/// @see fork(2), wait(2), _exit(2), execve(2)

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/memory.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/run.h"
#include "common/interleave/core/shadow.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace interleave {

void become_process(std::uint32_t thread) {
  self = thread;
  Process& process = control->process[me().process];
  process.pid = static_cast<std::int32_t>(raw::call(SYS_getpid));
  process.main_thread = thread;
  forget_private_memory();
  begin_thread(thread);
  did(Op::begin, object_of({4, me().process}, Kind::process), 0, false);
}

void exit_here(int status, const void* pc) {
  if (control == nullptr || self == nobody) return;
  const Inside engine;
  for (std::uint32_t i = 1; i < control->objects; ++i) {
    const Object& lock = object(i);
    if (lock.kind != Kind::mutex || lock.owner == nobody || lock.robust) continue;
    // Private locks die with their process.
    if (control->thread[lock.owner].process != me().process || is_private(lock.key)) continue;
    control->verdict.thread = self;
    control->verdict.object = i;
    control->verdict.path = pc == nullptr ? path : path_to(pc);
    control->verdict.other_path = lock.owner_path;
    finish(Outcome::lock_misuse, "exit");
  }
  if (status != 0 && me().process == 0) {
    Verdict& verdict = control->verdict;
    verdict.thread = self;
    verdict.status = status << 8;
    verdict.path = path;
    // It may say no more than that a child was ended by a signal: then that is the news.
    for (std::uint32_t i = 0; i < control->processes; ++i) {
      const Process& child = control->process[i];
      if (child.end_thread == nobody) continue;
      verdict.thread = child.end_thread;
      verdict.path = child.end_path;
      verdict.status = child.status;
    }
    finish(Outcome::crash);
  }
  end_process(status << 8);
}

}  // namespace interleave

namespace {

// A child of this process that has ended, as wait4(2) would find it.
bool has_children() {
  for (std::uint32_t i = 0; i < control->processes; ++i) {
    if (i != me().process && control->process[i].parent == me().process && i != 0) return true;
  }
  return false;
}

pid_t wait_for_child(pid_t which, int* status, int options, rusage* usage, const void* pc) {
  const std::uint32_t children = object_of({3, me().process}, Kind::process);
  step(Op::wait_child, children, pc);
  while (true) {
    int ended = 0;
    const pid_t pid = real::wait4(which, &ended, options | WNOHANG, usage);
    if (pid > 0 && status != nullptr) *status = ended;
    if (pid != 0 || (options & WNOHANG) != 0 || !has_children()) {
      const int error = errno;
      if (pid > 0) {
        // What the child did happened before.
        const std::uint32_t number = process_of(pid);
        if (number != nobody) {
          // It may have been ended in a way that the engine did not see.
          if (WIFEXITED(ended) || WIFSIGNALED(ended)) bury(number, ended);
          acquire(object_of({4, number}, Kind::process));
        }
        acquire(children);
      }
      did(Op::wait_child, children, 0, pid > 0);
      if (pid == 0) in_vain(children, 0);
      errno = error;
      return pid;
    }
    if (which > 0) {
      const std::uint32_t number = process_of(which);
      if (number != nobody) me().partner = control->process[number].main_thread;
    }
    wait_for(Op::wait_child, children);
    me().partner = nobody;
    if (me().interrupted) {
      errno = EINTR;
      return -1;
    }
  }
}

}  // namespace

extern "C" {

pid_t fork() {
  if (!engaged()) return real::fork();
  const Inside engine;
  const std::uint32_t everything = object_of({0, 0}, Kind::world);
  step(Op::fork, everything, PC);
  if (fault() == 1) {
    did(Op::fork, everything, -EAGAIN, false);
    errno = EAGAIN;
    return -1;
  }
  const std::uint32_t number = new_process();
  const std::uint32_t thread = new_thread(number);
  const pid_t pid = real::fork();
  if (pid == 0) {
    become_process(thread);
    return 0;
  }
  const int error = errno;
  if (pid < 0) {
    control->thread[thread].state = State::ended;
    control->process[number].alive = false;
  } else {
    control->process[number].pid = pid;
  }
  did(Op::fork, everything, thread, true);
  errno = error;
  return pid;
}

pid_t vfork() { return fork(); }

pid_t wait(int* status) {
  if (!engaged()) return real::wait4(-1, status, 0, nullptr);
  const Inside engine;
  return wait_for_child(-1, status, 0, nullptr, PC);
}

pid_t waitpid(pid_t pid, int* status, int options) {
  if (!engaged()) return real::wait4(pid, status, options, nullptr);
  const Inside engine;
  return wait_for_child(pid, status, options, nullptr, PC);
}

pid_t wait3(int* status, int options, rusage* usage) {
  if (!engaged()) return real::wait4(-1, status, options, usage);
  const Inside engine;
  return wait_for_child(-1, status, options, usage, PC);
}

pid_t wait4(pid_t pid, int* status, int options, rusage* usage) {
  if (!engaged()) return real::wait4(pid, status, options, usage);
  const Inside engine;
  return wait_for_child(pid, status, options, usage, PC);
}

int waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
  if (!engaged()) return real::waitid(type, id, info, options);
  const Inside engine;
  const std::uint32_t children = object_of({3, me().process}, Kind::process);
  step(Op::wait_child, children, PC);
  while (true) {
    if (info != nullptr) info->si_pid = 0;
    const int result = real::waitid(type, id, info, options | WNOHANG);
    const bool found = result == 0 && info != nullptr && info->si_pid != 0;
    if (result != 0 || found || (options & WNOHANG) != 0) {
      const int error = errno;
      if (found) {
        const std::uint32_t number = process_of(info->si_pid);
        if (number != nobody) acquire(object_of({4, number}, Kind::process));
      }
      did(Op::wait_child, children, 0, found);
      errno = error;
      return result;
    }
    wait_for(Op::wait_child, children);
  }
}

void _exit(int status) {
  if (engaged()) exit_here(status, PC);
  raw::call(SYS_exit_group, status);
  __builtin_unreachable();
}

void _Exit(int status) { _exit(status); }

}  // extern "C"
