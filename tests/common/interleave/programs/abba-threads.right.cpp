// Both transfers lock the accounts in the same order, whichever way the money goes: no cycle can
// arise.
// expect: nothing
#include <cassert>
#include <mutex>
#include <thread>

struct Account {
  std::mutex lock;
  int balance = 100;
};
Account checking;
Account savings;

void move_to_savings(int amount) {
  std::lock_guard first(checking.lock);
  std::lock_guard second(savings.lock);
  checking.balance -= amount;
  savings.balance += amount;
}

int main() {
  std::thread first(move_to_savings, 10);
  std::thread second(move_to_savings, -20);
  first.join();
  second.join();
  assert(checking.balance == 110 && savings.balance == 90);
}
