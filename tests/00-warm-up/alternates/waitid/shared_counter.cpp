#include "shared_counter.h"

#include <semaphore.h>
#include <sys/mman.h>

#include <cerrno>

#include "common/ipc/system_error.h"

namespace lab {

struct SharedCounter::Cell {
  mutable sem_t free;
  long count;
  void lock() const {
    while (sem_wait(&free) < 0 && errno == EINTR) {
    }
  }
  void unlock() const { sem_post(&free); }
};

SharedCounter::SharedCounter()
    : cell_(static_cast<Cell*>(
          mmap(nullptr, sizeof(Cell), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
  if (cell_ == MAP_FAILED) throw ipc::SystemError("mmap");
  sem_init(&cell_->free, 1, 1);
}

SharedCounter::~SharedCounter() { munmap(cell_, sizeof(Cell)); }

long SharedCounter::increment() {
  cell_->lock();
  const long now = ++cell_->count;
  cell_->unlock();
  return now;
}

long SharedCounter::value() const {
  cell_->lock();
  const long now = cell_->count;
  cell_->unlock();
  return now;
}

}  // namespace lab
