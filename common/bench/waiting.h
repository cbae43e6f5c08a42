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

/// How a ring's consumer waits. Each look at the next frame takes its cache line away from the
/// producer, who is about to write there: a consumer that is as fast as the producer makes both
/// slow. So once frames have come one right after the other it lets some gather before it looks
/// again. Where they come one at a time, as in a round trip, it looks as often as it can.
class Gathering {
 public:
  /// Looks until there is something. @param look  returns what was found, or nothing.
  template <class Look>
  auto wait_for(Look look) {
    auto found = look();
    if (!found) {
      if (frames_ <= 1 && pauses_ > 1) quick_ = 0;  // it did not help: they come one at a time
      pauses_ = quick_ >= enough_quick ? pauses_to_gather : 1;
      int looks = 0;
      do {
        ++looks;
        for (int i = 0; i < pauses_; ++i) Waiting::once();
        found = look();
      } while (!found);
      quick_ = looks <= 2 ? quick_ + 1 : 0;
      frames_ = 0;
    }
    ++frames_;
    return found;
  }

 private:
  static constexpr int enough_quick = 4;  ///< waits in a row that were over at once
  static constexpr int pauses_to_gather = 64;

  int pauses_ = 1;
  int quick_ = 0;   ///< waits in a row
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
