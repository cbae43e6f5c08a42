// Each thread locks a mutex before it adds, but not the same one. Misconception: a lock protects
// what stands between lock and unlock. It keeps out only those who take the same lock.
// expect: data-race
#include <mutex>
#include <thread>

std::mutex deposit_lock;
std::mutex withdrawal_lock;
int balance = 0;

void deposit() {
  std::lock_guard guard(deposit_lock);
  balance += 10;  // <- here
}

void withdraw() {
  std::lock_guard guard(withdrawal_lock);
  balance -= 10;  // <- here
}

int main() {
  std::thread first(deposit);
  std::thread second(withdraw);
  first.join();
  second.join();
}
