#pragma once

#include <sched.h>

namespace bench {

/// How all transports wait that wait busily, ours and the peers, so that none wins by it: look, a
/// PAUSE, look again. On one core nothing can change while we look, so there the other process is
/// let on at once.
class Waiting {
 public:
  /// Said once, in each process that measures, before it waits for the first time.
  static void share_one_core(bool yes) { one_core_ = yes; }

  static void once() {
    if (one_core_) {
      ::sched_yield();
      return;
    }
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");  // its `yield` does nothing on most processors
#endif
  }

 private:
  static inline bool one_core_ = false;
};

}  // namespace bench
