#include "readers_writer_lock.h"

#include <semaphore.h>

#include <cerrno>
#include <new>

#include "common/ipc/system_error.h"

namespace lab {

/// What lies in the shared memory. Who leaves decides who is next, and writes that down before he
/// wakes him: the lock is handed over and never free in between, so that nobody can slip in ("pass
/// the baton").
struct ReadersWriterLock::Shared {
  sem_t books;    // 1 when nobody looks at the four below, 0 when somebody does
  sem_t readers;  // readers sleep here: each post lets in one of them
  sem_t writers;  // and writers here
  unsigned readers_inside;
  unsigned readers_waiting;
  unsigned writers_waiting;
  bool writer_inside;
};

namespace {

void make_shared(sem_t& semaphore, unsigned value) {
  constexpr int between_processes = 1;
  if (::sem_init(&semaphore, between_processes, value) != 0) throw ipc::SystemError("sem_init");
}

void wait(sem_t& semaphore) {
  while (::sem_wait(&semaphore) != 0) {
    // A signal handler has run, and nothing has been taken.
    if (errno != EINTR) throw ipc::SystemError("sem_wait");
  }
}

void post(sem_t& semaphore) {
  if (::sem_post(&semaphore) != 0) throw ipc::SystemError("sem_post");
}

}  // namespace

std::size_t ReadersWriterLock::size() { return sizeof(Shared); }

ReadersWriterLock ReadersWriterLock::create(void* memory) {
  auto* shared = new (memory) Shared{};
  make_shared(shared->books, 1);
  make_shared(shared->readers, 0);
  make_shared(shared->writers, 0);
  return ReadersWriterLock(shared);
}

ReadersWriterLock ReadersWriterLock::open(void* memory) {
  return ReadersWriterLock(static_cast<Shared*>(memory));
}

void ReadersWriterLock::lock_shared() {
  wait(shared_->books);
  // A writer that only waits counts, too: otherwise readers that come and go could keep it out for
  // ever.
  if (shared_->writer_inside || shared_->writers_waiting > 0) {
    ++shared_->readers_waiting;
    post(shared_->books);
    wait(shared_->readers);  // who posts this has counted us in already
  } else {
    ++shared_->readers_inside;
    post(shared_->books);
  }
}

void ReadersWriterLock::unlock_shared() {
  wait(shared_->books);
  if (--shared_->readers_inside == 0 && shared_->writers_waiting > 0) {
    --shared_->writers_waiting;
    shared_->writer_inside = true;
    post(shared_->writers);
  }
  post(shared_->books);
}

void ReadersWriterLock::lock() {
  wait(shared_->books);
  if (shared_->writer_inside || shared_->readers_inside > 0) {
    ++shared_->writers_waiting;
    post(shared_->books);
    wait(shared_->writers);
  } else {
    shared_->writer_inside = true;
    post(shared_->books);
  }
}

void ReadersWriterLock::unlock() {
  wait(shared_->books);
  if (shared_->readers_waiting > 0) {
    // All readers that have come until now, and no later one: the next writer waits for them and
    // they for no further writer. So both sides have their turn.
    shared_->writer_inside = false;
    shared_->readers_inside = shared_->readers_waiting;
    shared_->readers_waiting = 0;
    for (unsigned i = 0; i < shared_->readers_inside; ++i) post(shared_->readers);
  } else if (shared_->writers_waiting > 0) {
    --shared_->writers_waiting;
    post(shared_->writers);  // `writer_inside` stays true, and means the next one
  } else {
    shared_->writer_inside = false;
  }
  post(shared_->books);
}

}  // namespace lab
