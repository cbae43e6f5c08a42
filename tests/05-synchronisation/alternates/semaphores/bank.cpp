#include "bank.h"

#include <pthread.h>

#include <new>
#include <stdexcept>
#include <utility>

#include "common/ipc/system_error.h"

namespace lab {

struct Bank::Shared {
  std::size_t count;
  struct Account {
    pthread_mutex_t mutex;
    std::int64_t balance;
  } account[1];

  Account& at(std::size_t number) {
    if (number >= count) throw std::out_of_range("account");
    return (&account[0])[number];
  }

  // Never waits for one account with the other locked.
  void lock_both(std::size_t a, std::size_t b) {
    while (true) {
      pthread_mutex_lock(&at(a).mutex);
      if (a == b || pthread_mutex_trylock(&at(b).mutex) == 0) return;
      pthread_mutex_unlock(&at(a).mutex);
      std::swap(a, b);  // next time wait for the one that was taken
    }
  }
  void unlock(std::size_t number) { pthread_mutex_unlock(&at(number).mutex); }
};

std::size_t Bank::size_for(std::size_t accounts) {
  return sizeof(Shared) + accounts * sizeof(Shared::Account);
}

Bank Bank::create(void* memory, std::span<const std::int64_t> balances) {
  auto* shared = reinterpret_cast<Shared*>(memory);
  shared->count = balances.size();
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  for (std::size_t i = 0; i < balances.size(); ++i) {
    shared->at(i).balance = balances[i];
    if (const int error = pthread_mutex_init(&shared->at(i).mutex, &attributes)) {
      throw ipc::SystemError("pthread_mutex_init", error);
    }
  }
  return Bank(shared);
}

Bank Bank::open(void* memory) { return Bank(reinterpret_cast<Shared*>(memory)); }

bool Bank::transfer(std::size_t from, std::size_t to, std::int64_t amount) {
  shared_->at(from), shared_->at(to);
  if (amount < 0) throw std::invalid_argument("amount");
  shared_->lock_both(from, to);
  const bool enough = shared_->at(from).balance >= amount;
  if (enough) {
    shared_->at(from).balance -= amount;
    shared_->at(to).balance += amount;
  }
  shared_->unlock(from);
  if (from != to) shared_->unlock(to);
  return enough;
}

void Bank::inspect(std::size_t account, const std::function<void(std::int64_t)>& look) {
  pthread_mutex_lock(&shared_->at(account).mutex);
  try {
    look(shared_->at(account).balance);
  } catch (...) {
    shared_->unlock(account);
    throw;
  }
  shared_->unlock(account);
}

std::int64_t Bank::total() {
  for (std::size_t i = 0; i < shared_->count;) {
    if (i == 0) {
      pthread_mutex_lock(&shared_->at(i++).mutex);
    } else if (pthread_mutex_trylock(&shared_->at(i).mutex) == 0) {
      ++i;
    } else {
      const std::size_t taken = i;
      while (i > 0) shared_->unlock(--i);
      pthread_mutex_lock(&shared_->at(taken).mutex);  // wait for it, and begin again
      shared_->unlock(taken);
    }
  }
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < shared_->count; ++i) sum += shared_->at(i).balance;
  for (std::size_t i = 0; i < shared_->count; ++i) shared_->unlock(i);
  return sum;
}

}  // namespace lab
