#include "bank.h"

#include <list>
#include <mutex>
#include <new>
#include <stdexcept>

#include "futex.h"

namespace lab {

struct Bank::Shared {
  std::size_t count;
  struct Account {
    Mutex mutex;
    std::int64_t balance;
  };
  Account& at(std::size_t number) {
    if (number >= count) throw std::out_of_range("no such account");
    return reinterpret_cast<Account*>(this + 1)[number];
  }
};

std::size_t Bank::size_for(std::size_t accounts) {
  return sizeof(Shared) + accounts * sizeof(Shared::Account);
}

Bank Bank::create(void* memory, std::span<const std::int64_t> balances) {
  auto* shared = new (memory) Shared{balances.size()};
  for (std::size_t i = 0; i < balances.size(); ++i) {
    new (&shared->at(i)) Shared::Account{{}, balances[i]};
  }
  return Bank(shared);
}

Bank Bank::open(void* memory) { return Bank(static_cast<Shared*>(memory)); }

// The larger number first: any order will do that is everybody's.
bool Bank::transfer(std::size_t from, std::size_t to, std::int64_t amount) {
  if (amount < 0) throw std::invalid_argument("a negative amount");
  auto &source = shared_->at(from), &target = shared_->at(to);
  if (from == to) {
    const std::lock_guard lock(source.mutex);
    return source.balance >= amount;
  }
  const std::lock_guard first(from > to ? source.mutex : target.mutex);
  const std::lock_guard second(from > to ? target.mutex : source.mutex);
  if (source.balance < amount) return false;
  source.balance -= amount;
  target.balance += amount;
  return true;
}

void Bank::inspect(std::size_t account, const std::function<void(std::int64_t)>& look) {
  auto& inspected = shared_->at(account);
  const std::lock_guard lock(inspected.mutex);
  look(inspected.balance);
}

std::int64_t Bank::total() {
  std::list<std::unique_lock<Mutex>> locks;
  std::int64_t sum = 0;
  for (std::size_t i = shared_->count; i-- > 0;) {
    locks.emplace_back(shared_->at(i).mutex);
    sum += shared_->at(i).balance;
  }
  return sum;
}

}  // namespace lab
