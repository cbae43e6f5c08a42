#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>

// Without FUTEX_PRIVATE_FLAG: other processes wait at the same word.
inline void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT, value, nullptr, nullptr, 0);
}
inline void futex_wake(std::atomic<std::uint32_t>& word, int most) {
  syscall(SYS_futex, &word, FUTEX_WAKE, most, nullptr, nullptr, 0);
}

/// 0: free. 1: locked. 2: locked, and somebody may sleep.
/// @see Drepper, "Futexes Are Tricky"
class Mutex {
 public:
  void lock() {
    std::uint32_t seen = 0;
    if (word_.compare_exchange_strong(seen, 1)) return;
    if (seen != 2) seen = word_.exchange(2);
    while (seen != 0) {
      futex_wait(word_, 2);
      seen = word_.exchange(2);
    }
  }
  void unlock() {
    if (word_.exchange(0) == 2) futex_wake(word_, 1);
  }

 private:
  std::atomic<std::uint32_t> word_ = 0;
};

/// Counts what has happened: who has seen a number waits for the next one.
class Event {
 public:
  /// With the mutex, which is given back for as long as the wait lasts.
  void wait(Mutex& mutex) {
    const std::uint32_t seen = count_.load();
    mutex.unlock();
    futex_wait(count_, seen);
    mutex.lock();
  }
  void happens() {
    count_.fetch_add(1);
    futex_wake(count_, INT_MAX);
  }

 private:
  std::atomic<std::uint32_t> count_ = 0;
};
