#include "shared_counter.h"

#include <sys/mman.h>

#include <atomic>
#include <new>

#include "common/ipc/system_error.h"

namespace lab {

// ++ on a plain long is three steps: read, add, write. Two processes can both read 5, and both
// write 6. An atomic does the three as one.
struct SharedCounter::Cell {
  std::atomic<long> count{0};
};

// One that takes a lock would keep that lock somewhere else, in memory that is not shared.
static_assert(std::atomic<long>::is_always_lock_free);

SharedCounter::SharedCounter() {
  // MAP_SHARED is what makes the difference: with MAP_PRIVATE each process would get a copy of its
  // own at the first write, as it does of all its other memory.
  void* memory =
      ::mmap(nullptr, sizeof(Cell), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  cell_ = new (memory) Cell;
}

SharedCounter::~SharedCounter() { ::munmap(cell_, sizeof(Cell)); }

long SharedCounter::increment() {
  // The result of the addition itself: a load afterwards might see what others have added
  // meanwhile, and two callers could get the same number. Relaxed is enough, for nothing else is
  // published by it, and the additions of one atomic have an order in any case.
  return cell_->count.fetch_add(1, std::memory_order_relaxed) + 1;
}

long SharedCounter::value() const { return cell_->count.load(std::memory_order_relaxed); }

}  // namespace lab
