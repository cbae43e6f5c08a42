#include "bank.h"

#include <mutex>
#include <new>
#include <stdexcept>

#include "shared_mutex.h"

namespace lab {

struct Bank::Shared {
  std::size_t count;
  struct Account {
    SharedMutex mutex;
    std::int64_t balance;
  };
  Account* account() { return reinterpret_cast<Account*>(this + 1); }
  void check(std::size_t number) const {
    if (number >= count) throw std::out_of_range("account");
  }
  // Holds those from `begin` on, and then does `work`.
  std::int64_t sum_from(std::size_t begin) {
    if (begin == count) return 0;
    const std::lock_guard lock(account()[begin].mutex);
    const std::int64_t rest = sum_from(begin + 1);
    return rest + account()[begin].balance;
  }
};

std::size_t Bank::size_for(std::size_t accounts) {
  return sizeof(Shared) + accounts * sizeof(Shared::Account);
}

Bank Bank::create(void* memory, std::span<const std::int64_t> balances) {
  auto* shared = new (memory) Shared{balances.size()};
  auto* account = shared->account();
  for (const std::int64_t balance : balances) (new (account++) Shared::Account)->balance = balance;
  return Bank(shared);
}

Bank Bank::open(void* memory) { return Bank(static_cast<Shared*>(memory)); }

bool Bank::transfer(std::size_t from, std::size_t to, std::int64_t amount) {
  shared_->check(from);
  shared_->check(to);
  if (amount < 0) throw std::invalid_argument("amount");
  auto &source = shared_->account()[from], &target = shared_->account()[to];
  const auto move = [&] {
    if (source.balance < amount) return false;
    source.balance -= amount;
    target.balance += amount;
    return true;
  };
  if (from == to) {
    const std::scoped_lock lock(source.mutex);
    return move();
  }
  const std::scoped_lock lock(source.mutex, target.mutex);  // which knows how not to deadlock
  return move();
}

void Bank::inspect(std::size_t account, const std::function<void(std::int64_t)>& look) {
  shared_->check(account);
  const std::scoped_lock lock(shared_->account()[account].mutex);
  look(shared_->account()[account].balance);
}

std::int64_t Bank::total() {
  // The balances are added on the way back, when all locks are held but those already left: no
  // transfer can reach across.
  return shared_->sum_from(0);
}

}  // namespace lab
