#include "shared_counter.h"

#include <sys/mman.h>

#include <atomic>
#include <memory>

#include "common/ipc/system_error.h"

namespace lab {

struct SharedCounter::Cell {
  std::atomic<unsigned> count;
};

SharedCounter::SharedCounter() {
  auto* memory = static_cast<Cell*>(
      mmap(nullptr, sizeof(Cell), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  cell_ = std::construct_at(memory);
}

SharedCounter::~SharedCounter() {
  std::destroy_at(cell_);  // touches nothing
  munmap(cell_, sizeof(Cell));
}

long SharedCounter::increment() {
  unsigned seen = cell_->count.load();
  while (!cell_->count.compare_exchange_weak(seen, seen + 1)) {
  }
  return seen + 1;
}

long SharedCounter::value() const { return cell_->count.load(); }

}  // namespace lab
