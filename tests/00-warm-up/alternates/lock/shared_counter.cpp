#include "shared_counter.h"

#include <pthread.h>
#include <sys/mman.h>

#include <new>

#include "common/ipc/system_error.h"

namespace lab {

struct SharedCounter::Cell {
  pthread_mutex_t mutex;
  long count = 0;

  Cell() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
};

SharedCounter::SharedCounter() {
  void* memory =
      mmap(nullptr, sizeof(Cell), PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_SHARED, -1, 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  cell_ = new (memory) Cell;
}

SharedCounter::~SharedCounter() { munmap(cell_, sizeof(Cell)); }

long SharedCounter::increment() {
  pthread_mutex_lock(&cell_->mutex);
  const long value = ++cell_->count;
  pthread_mutex_unlock(&cell_->mutex);
  return value;
}

long SharedCounter::value() const {
  pthread_mutex_lock(&cell_->mutex);
  const long value = cell_->count;
  pthread_mutex_unlock(&cell_->mutex);
  return value;
}

}  // namespace lab
