// Two transfers lock the same two accounts in opposite orders: each gets one lock and waits for the
// other. Misconception: it is enough that everybody locks everything he touches.
// expect: deadlock
// needs: preemptions 1
#include <mutex>
#include <thread>

struct Account {
  std::mutex lock;
  int balance = 100;
};
Account checking;
Account savings;

void save(int amount) {
  std::lock_guard from(checking.lock);
  std::lock_guard to(savings.lock);  // <- here
  checking.balance -= amount;
  savings.balance += amount;
}

void spend(int amount) {
  std::lock_guard from(savings.lock);
  std::lock_guard to(checking.lock);  // <- here
  savings.balance -= amount;
  checking.balance += amount;
}

int main() {
  std::thread first(save, 10);
  std::thread second(spend, 20);
  first.join();
  second.join();
}
