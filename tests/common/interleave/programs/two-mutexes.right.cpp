// The mutex belongs to the balance, not to the operation: everybody who touches the balance takes
// it.
// expect: nothing
#include <cassert>
#include <mutex>
#include <thread>

std::mutex balance_lock;
int balance = 0;

void deposit() {
  std::lock_guard guard(balance_lock);
  balance += 10;
}

void withdraw() {
  std::lock_guard guard(balance_lock);
  balance -= 10;
}

int main() {
  std::thread first(deposit);
  std::thread second(withdraw);
  first.join();
  second.join();
  assert(balance == 0);
}
