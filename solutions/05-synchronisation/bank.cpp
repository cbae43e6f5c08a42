#include "bank.h"

#include <pthread.h>

#include <algorithm>
#include <deque>
#include <new>
#include <optional>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

namespace {

// pthreads return the error, and leave errno alone.
void expect(int result, const char* call) {
  if (result != 0) throw ipc::SystemError(call, result);
}

struct Account {
  pthread_mutex_t mutex;
  std::int64_t balance;
};

/// Holds an account's lock for as long as it lives, so that every way out of a function, through
/// exceptions too, gives it back.
class Locked {
 public:
  explicit Locked(Account& account) : mutex_(account.mutex) {
    expect(::pthread_mutex_lock(&mutex_), "pthread_mutex_lock");
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { ::pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t& mutex_;
};

}  // namespace

/// What lies in the shared memory; the accounts lie behind it.
struct Bank::Shared {
  std::size_t count;

  Account* accounts() { return reinterpret_cast<Account*>(this + 1); }

  Account& account(std::size_t number) {
    if (number >= count) throw std::out_of_range("there is no such account");
    return accounts()[number];
  }
};

std::size_t Bank::size_for(std::size_t accounts) {
  return sizeof(Shared) + accounts * sizeof(Account);
}

Bank Bank::create(void* memory, std::span<const std::int64_t> balances) {
  auto* shared = new (memory) Shared{balances.size()};
  pthread_mutexattr_t attributes;
  expect(::pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
  expect(::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED),
         "pthread_mutexattr_setpshared");
  for (std::size_t i = 0; i < balances.size(); ++i) {
    auto* account = new (shared->accounts() + i) Account{};
    account->balance = balances[i];
    expect(::pthread_mutex_init(&account->mutex, &attributes), "pthread_mutex_init");
  }
  ::pthread_mutexattr_destroy(&attributes);
  return Bank(shared);
}

Bank Bank::open(void* memory) { return Bank(static_cast<Shared*>(memory)); }

bool Bank::transfer(std::size_t from, std::size_t to, std::int64_t amount) {
  if (amount < 0) throw std::invalid_argument("an amount below zero");
  Account& source = shared_->account(from);
  Account& target = shared_->account(to);
  // The lock with the smaller number first, whichever way the money goes. Whoever waits for a lock
  // then holds smaller ones only, so that a circle of those who wait cannot close.
  const Locked first(shared_->account(std::min(from, to)));
  // The same one twice would be a circle of one.
  std::optional<Locked> second;
  if (from != to) second.emplace(shared_->account(std::max(from, to)));
  // Looked at with the locks held: what was read before may be spent by now.
  if (source.balance < amount) return false;
  source.balance -= amount;
  target.balance += amount;
  return true;
}

void Bank::inspect(std::size_t account, const std::function<void(std::int64_t)>& look) {
  Account& inspected = shared_->account(account);
  const Locked lock(inspected);
  look(inspected.balance);
}

std::int64_t Bank::total() {
  // All of them at once: money that moves from a lock not yet taken to one given back already would
  // be counted twice, or not at all. In the same order as everybody.
  std::deque<Locked> locks;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < shared_->count; ++i) {
    locks.emplace_back(shared_->account(i));
    sum += shared_->account(i).balance;
  }
  return sum;
}

}  // namespace lab
