#include "bank.h"

#include <new>
#include <stdexcept>

#include "monitor.h"

namespace lab {

// An account's lock is its `busy`. Both are taken in one step, or none: nobody holds and waits.
struct Bank::Shared {
  Monitor monitor;
  std::size_t count;
  struct Account {
    std::int64_t balance;
    bool busy;
  };
  Account& at(std::size_t number) {
    if (number >= count) throw std::out_of_range("account");
    return reinterpret_cast<Account*>(this + 1)[number];
  }
};

std::size_t Bank::size_for(std::size_t accounts) {
  return sizeof(Shared) + accounts * sizeof(Shared::Account);
}

Bank Bank::create(void* memory, std::span<const std::int64_t> balances) {
  auto* shared = new (memory) Shared{Monitor(), balances.size()};
  for (std::size_t i = 0; i < balances.size(); ++i) shared->at(i) = {balances[i], false};
  return Bank(shared);
}

Bank Bank::open(void* memory) { return Bank(reinterpret_cast<Shared*>(memory)); }

bool Bank::transfer(std::size_t from, std::size_t to, std::int64_t amount) {
  auto &source = shared_->at(from), &target = shared_->at(to);
  if (amount < 0) throw std::invalid_argument("amount");
  return shared_->monitor.when([&] { return !source.busy && !target.busy; },
                               [&] {
                                 if (source.balance < amount) return false;
                                 source.balance -= amount;
                                 target.balance += amount;
                                 return true;
                               });
}

void Bank::inspect(std::size_t account, const std::function<void(std::int64_t)>& look) {
  auto& inspected = shared_->at(account);
  shared_->monitor.when([&] { return !inspected.busy; }, [&] { inspected.busy = true; });
  struct Free {
    Shared* shared;
    Shared::Account& account;
    ~Free() {
      shared->monitor.now([&] { account.busy = false; });
    }
  } free{shared_, inspected};
  look(inspected.balance);
}

std::int64_t Bank::total() {
  return shared_->monitor.now([&] {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < shared_->count; ++i) sum += shared_->at(i).balance;
    return sum;
  });
}

}  // namespace lab
