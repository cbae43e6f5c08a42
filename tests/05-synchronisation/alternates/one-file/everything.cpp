#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <atomic>
#include <stdexcept>

#include "bank.h"
#include "bounded_buffer.h"
#include "common/ipc/system_error.h"
#include "ledger.h"
#include "readers_writer_lock.h"

namespace lab {

static void init_mutex(pthread_mutex_t* mutex, bool robust) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
  if (robust) pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
  int error = pthread_mutex_init(mutex, &a);
  pthread_mutexattr_destroy(&a);
  if (error) throw ipc::SystemError("pthread_mutex_init", error);
}

static void init_cond(pthread_cond_t* cond) {
  pthread_condattr_t a;
  pthread_condattr_init(&a);
  pthread_condattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
  int error = pthread_cond_init(cond, &a);
  pthread_condattr_destroy(&a);
  if (error) throw ipc::SystemError("pthread_cond_init", error);
}

// A ------------------------------------------------------------------------------------------

struct BoundedBuffer::Shared {
  pthread_mutex_t mutex;
  pthread_cond_t items, places;
  unsigned hungry, waiting_to_put;  // how many sleep
  int closed;
  size_t capacity, in, out;  // in and out count for ever
  uint64_t ring[];
};

size_t BoundedBuffer::size_for(size_t capacity) { return sizeof(Shared) + 8 * capacity; }

BoundedBuffer BoundedBuffer::create(void* memory, size_t capacity) {
  if (!capacity) throw std::invalid_argument("capacity");
  memset(memory, 0, size_for(capacity));
  Shared* s = (Shared*)memory;
  init_mutex(&s->mutex, false);
  init_cond(&s->items);
  init_cond(&s->places);
  s->capacity = capacity;
  return BoundedBuffer(s);
}

BoundedBuffer BoundedBuffer::open(void* memory) { return BoundedBuffer((Shared*)memory); }

bool BoundedBuffer::put(uint64_t item) {
  Shared* s = shared_;
  bool done = false;
  pthread_mutex_lock(&s->mutex);
  while (s->in - s->out == s->capacity && !s->closed) {
    s->waiting_to_put++;
    pthread_cond_wait(&s->places, &s->mutex);
    s->waiting_to_put--;
  }
  if (!s->closed) {
    s->ring[s->in++ % s->capacity] = item;
    done = true;
  }
  int wake = s->hungry > 0;
  pthread_mutex_unlock(&s->mutex);
  if (wake) pthread_cond_signal(&s->items);  // after the unlock, which is right as well
  return done;
}

std::optional<uint64_t> BoundedBuffer::take() {
  Shared* s = shared_;
  std::optional<uint64_t> item;
  pthread_mutex_lock(&s->mutex);
  while (s->in == s->out && !s->closed) {
    s->hungry++;
    pthread_cond_wait(&s->items, &s->mutex);
    s->hungry--;
  }
  if (s->in != s->out) item = s->ring[s->out++ % s->capacity];
  int wake = s->waiting_to_put > 0;
  pthread_mutex_unlock(&s->mutex);
  if (wake) pthread_cond_signal(&s->places);
  return item;
}

void BoundedBuffer::close() {
  pthread_mutex_lock(&shared_->mutex);
  shared_->closed = 1;
  pthread_mutex_unlock(&shared_->mutex);
  pthread_cond_broadcast(&shared_->items);
  pthread_cond_broadcast(&shared_->places);
}

// B ------------------------------------------------------------------------------------------

struct Ledger::Shared {
  pthread_mutex_t mutex;
  size_t capacity;
  std::atomic<size_t> count;
  // Behind each amount stands the sum up to there: nothing that counts is ever overwritten.
  struct {
    int64_t amount, sum;
  } line[];

  void lock() {
    int error = pthread_mutex_lock(&mutex);
    if (error == EOWNERDEAD) error = pthread_mutex_consistent(&mutex);
    if (error) throw ipc::SystemError("pthread_mutex_lock", error);
  }
};

size_t Ledger::size_for(size_t capacity) { return sizeof(Shared) + 16 * capacity; }

Ledger Ledger::create(void* memory, size_t capacity) {
  memset(memory, 0, size_for(capacity));
  Shared* s = (Shared*)memory;
  init_mutex(&s->mutex, true);
  s->capacity = capacity;
  return Ledger(s);
}

Ledger Ledger::open(void* memory) { return Ledger((Shared*)memory); }

void Ledger::post(int64_t amount) {
  Shared* s = shared_;
  s->lock();
  size_t n = s->count;
  if (n < s->capacity) {
    s->line[n].amount = amount;
    s->line[n].sum = amount + (n ? s->line[n - 1].sum : 0);
    s->count = n + 1;
  }
  pthread_mutex_unlock(&s->mutex);
  if (n >= s->capacity) throw std::length_error("ledger is full");
}

Ledger::Summary Ledger::summary() {
  Summary summary = {0, 0};
  shared_->lock();
  summary.entries = shared_->count;
  if (summary.entries) summary.sum = shared_->line[summary.entries - 1].sum;
  pthread_mutex_unlock(&shared_->mutex);
  return summary;
}

void Ledger::read(const std::function<void(int64_t)>& look) {
  shared_->lock();
  std::exception_ptr thrown;
  try {
    for (size_t i = 0; i < shared_->count; i++) look(shared_->line[i].amount);
  } catch (...) {
    thrown = std::current_exception();
  }
  pthread_mutex_unlock(&shared_->mutex);
  if (thrown) std::rethrow_exception(thrown);
}

// C ------------------------------------------------------------------------------------------

struct ReadersWriterLock::Shared {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  unsigned inside;    // readers; a writer is ~0u
  unsigned arrivals;  // numbers of those that have come,
  unsigned admitted;  // and that have been let in, in the same order
};

size_t ReadersWriterLock::size() { return sizeof(Shared); }

ReadersWriterLock ReadersWriterLock::create(void* memory) {
  memset(memory, 0, sizeof(Shared));
  Shared* s = (Shared*)memory;
  init_mutex(&s->mutex, false);
  init_cond(&s->changed);
  return ReadersWriterLock(s);
}

ReadersWriterLock ReadersWriterLock::open(void* memory) {
  return ReadersWriterLock((Shared*)memory);
}

void ReadersWriterLock::lock_shared() {
  Shared* s = shared_;
  pthread_mutex_lock(&s->mutex);
  unsigned mine = s->arrivals++;
  while (s->admitted != mine || s->inside == ~0u) pthread_cond_wait(&s->changed, &s->mutex);
  s->admitted++;
  s->inside++;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->mutex);
}

void ReadersWriterLock::unlock_shared() {
  pthread_mutex_lock(&shared_->mutex);
  if (--shared_->inside == 0) pthread_cond_broadcast(&shared_->changed);
  pthread_mutex_unlock(&shared_->mutex);
}

void ReadersWriterLock::lock() {
  Shared* s = shared_;
  pthread_mutex_lock(&s->mutex);
  unsigned mine = s->arrivals++;
  while (s->admitted != mine || s->inside != 0) pthread_cond_wait(&s->changed, &s->mutex);
  s->admitted++;
  s->inside = ~0u;
  pthread_mutex_unlock(&s->mutex);
}

void ReadersWriterLock::unlock() {
  pthread_mutex_lock(&shared_->mutex);
  shared_->inside = 0;
  pthread_cond_broadcast(&shared_->changed);
  pthread_mutex_unlock(&shared_->mutex);
}

// D ------------------------------------------------------------------------------------------

struct Bank::Shared {
  size_t n;
  struct {
    pthread_mutex_t mutex;
    int64_t balance;
  } account[];

  void check(size_t i) {
    if (i >= n) throw std::out_of_range("account");
  }
  void lock(size_t i) { pthread_mutex_lock(&account[i].mutex); }
  void unlock(size_t i) { pthread_mutex_unlock(&account[i].mutex); }
};

size_t Bank::size_for(size_t accounts) {
  return sizeof(Shared) + accounts * (sizeof(pthread_mutex_t) + sizeof(int64_t));
}

Bank Bank::create(void* memory, std::span<const int64_t> balances) {
  memset(memory, 0, size_for(balances.size()));
  Shared* s = (Shared*)memory;
  s->n = balances.size();
  for (size_t i = 0; i < s->n; i++) {
    init_mutex(&s->account[i].mutex, false);
    s->account[i].balance = balances[i];
  }
  return Bank(s);
}

Bank Bank::open(void* memory) { return Bank((Shared*)memory); }

bool Bank::transfer(size_t from, size_t to, int64_t amount) {
  Shared* s = shared_;
  s->check(from);
  s->check(to);
  if (amount < 0) throw std::invalid_argument("amount");
  bool done = false;
  if (from > to) s->lock(to);
  s->lock(from);
  if (from < to) s->lock(to);
  if (s->account[from].balance >= amount) {
    s->account[from].balance -= amount;
    s->account[to].balance += amount;
    done = true;
  }
  if (from != to) s->unlock(to);
  s->unlock(from);
  return done;
}

void Bank::inspect(size_t account, const std::function<void(int64_t)>& look) {
  shared_->check(account);
  shared_->lock(account);
  std::exception_ptr thrown;
  try {
    look(shared_->account[account].balance);
  } catch (...) {
    thrown = std::current_exception();
  }
  shared_->unlock(account);
  if (thrown) std::rethrow_exception(thrown);
}

int64_t Bank::total() {
  int64_t sum = 0;
  for (size_t i = 0; i < shared_->n; i++) shared_->lock(i);
  for (size_t i = 0; i < shared_->n; i++) sum += shared_->account[i].balance;
  for (size_t i = shared_->n; i-- > 0;) shared_->unlock(i);
  return sum;
}

}  // namespace lab
