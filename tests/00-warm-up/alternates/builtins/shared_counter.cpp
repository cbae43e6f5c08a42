#include "shared_counter.h"

#include <sys/mman.h>

#include "common/ipc/system_error.h"

struct lab::SharedCounter::Cell {
  long count;
};

lab::SharedCounter::SharedCounter() {
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  cell_ = static_cast<Cell*>(memory);  // zero already
}

lab::SharedCounter::~SharedCounter() { munmap(cell_, 4096); }

long lab::SharedCounter::increment() {
  return __atomic_add_fetch(&cell_->count, 1, __ATOMIC_SEQ_CST);
}

long lab::SharedCounter::value() const { return __atomic_load_n(&cell_->count, __ATOMIC_SEQ_CST); }
