// std::scoped_lock takes both locks or none: it tries, and lets go of the one it has if the other
// is busy.
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

void transfer(Account& from, Account& to, int amount) {
  std::scoped_lock both(from.lock, to.lock);
  from.balance -= amount;
  to.balance += amount;
}

int main() {
  std::thread first(transfer, std::ref(checking), std::ref(savings), 10);
  std::thread second(transfer, std::ref(savings), std::ref(checking), 20);
  first.join();
  second.join();
  assert(checking.balance == 110 && savings.balance == 90);
}
