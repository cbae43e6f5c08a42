#pragma once

#include <sched.h>

#include <algorithm>

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

/// How a ring's consumer waits. Each look at the next frame takes its cache line away from the
/// producer, who is about to write there: a consumer that is as fast as the producer makes both
/// slow. Where frames come one right after the other it is better to let some gather before the
/// next look; where they come one at a time, as in a round trip, that would be time lost. Which it
/// is cannot be known, so now and then it is tried: if several have gathered it goes on like that,
/// and if it was one, the next attempt is much later.
class Gathering {
 public:
  /// Looks until there is something. @param look  returns what was found, or nothing.
  template <class Look>
  auto wait_for(Look look) {
    auto found = look();
    if (!found) {
      choose();
      do {
        for (int i = 0; i < (gathers_ ? pauses_to_gather : 1); ++i) Waiting::once();
        found = look();
      } while (!found);
      frames_ = 0;
    }
    ++frames_;
    return found;
  }

 private:
  static constexpr int pauses_to_gather = 128;
  static constexpr int soon = 4, late = 4096;

  // How to wait this time, after what became of the last wait.
  void choose() {
    if (!gathers_) {
      gathers_ = --waits_until_attempt_ == 0;
    } else if (frames_ > 1) {
      interval_ = soon;
    } else {
      gathers_ = false;
      interval_ = std::min(8 * interval_, late);
      waits_until_attempt_ = interval_;
    }
  }

  bool gathers_ = false;
  int interval_ = soon;
  int waits_until_attempt_ = soon;
  int frames_ = 0;  ///< since the last wait
};

/// Looks, pauses, and looks again.
class Eager {
 public:
  template <class Look>
  auto wait_for(Look look) {
    auto found = look();
    while (!found) {
      Waiting::once();
      found = look();
    }
    return found;
  }
};

}  // namespace bench
