#include "readers_writer_lock.h"

#include <semaphore.h>

#include <cerrno>
#include <mutex>
#include <new>

#include "shared_mutex.h"

namespace lab {

namespace {

enum Phase : int { reading, writing };

}  // namespace

// Phases: a writer's, the readers' that have come meanwhile, a writer's ...
struct ReadersWriterLock::Shared {
  SharedMutex mutex;
  sem_t gate[2];
  int inside[2] = {0, 0}, waiting[2] = {0, 0};

  void enter(Phase phase) {
    {
      const std::lock_guard lock(mutex);
      const bool free = phase == reading ? inside[writing] + waiting[writing] == 0
                                         : inside[reading] + inside[writing] == 0;
      if (free) {
        ++inside[phase];
        return;
      }
      ++waiting[phase];
    }
    while (sem_wait(&gate[phase]) != 0 && errno == EINTR) {
    }
  }
  void let_in(Phase phase, int how_many) {
    waiting[phase] -= how_many;
    inside[phase] += how_many;
    while (how_many-- > 0) sem_post(&gate[phase]);
  }
  void leave(Phase phase) {
    const std::lock_guard lock(mutex);
    if (--inside[phase] > 0) return;
    if (phase == writing && waiting[reading] > 0) {
      let_in(reading, waiting[reading]);
    } else if (waiting[writing] > 0) {
      let_in(writing, 1);
    }
  }
};

std::size_t ReadersWriterLock::size() { return sizeof(Shared); }

ReadersWriterLock ReadersWriterLock::create(void* memory) {
  auto* shared = new (memory) Shared;
  sem_init(&shared->gate[reading], 1, 0);
  sem_init(&shared->gate[writing], 1, 0);
  return ReadersWriterLock(shared);
}

ReadersWriterLock ReadersWriterLock::open(void* memory) {
  return ReadersWriterLock(static_cast<Shared*>(memory));
}

void ReadersWriterLock::lock_shared() { shared_->enter(reading); }
void ReadersWriterLock::unlock_shared() { shared_->leave(reading); }
void ReadersWriterLock::lock() { shared_->enter(writing); }
void ReadersWriterLock::unlock() { shared_->leave(writing); }

}  // namespace lab
