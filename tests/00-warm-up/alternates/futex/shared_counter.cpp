#include "shared_counter.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "common/ipc/system_error.h"

namespace lab {

// 0: free, 1: taken, 2: taken, and somebody may sleep.
// @see Drepper 2011, "Futexes Are Tricky"
class Lock {
 public:
  void lock() {
    int seen = 0;
    if (state_.compare_exchange_strong(seen, 1)) return;
    if (seen != 2) seen = state_.exchange(2);
    while (seen != 0) {
      syscall(SYS_futex, &state_, FUTEX_WAIT, 2, nullptr, nullptr, 0);
      seen = state_.exchange(2);
    }
  }

  void unlock() {
    if (state_.exchange(0) == 2) syscall(SYS_futex, &state_, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }

 private:
  std::atomic<int> state_{0};
};

struct SharedCounter::Cell {
  Lock lock;
  long count = 0;
};

SharedCounter::SharedCounter() {
  void* memory =
      mmap(nullptr, sizeof(Cell), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  cell_ = new (memory) Cell;
}

SharedCounter::~SharedCounter() { munmap(cell_, sizeof(Cell)); }

long SharedCounter::increment() {
  cell_->lock.lock();
  const long value = ++cell_->count;
  cell_->lock.unlock();
  return value;
}

long SharedCounter::value() const {
  cell_->lock.lock();
  const long value = cell_->count;
  cell_->lock.unlock();
  return value;
}

}  // namespace lab
