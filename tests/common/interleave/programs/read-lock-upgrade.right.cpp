// The read lock is given back before the write lock is taken, and in between anything may have
// happened: the condition is tested again.
// expect: nothing
#include <pthread.h>

#include <cassert>
#include <thread>

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int stock = 1;

void take_one() {
  pthread_rwlock_rdlock(&lock);
  bool in_stock = stock > 0;
  pthread_rwlock_unlock(&lock);
  if (!in_stock) return;
  pthread_rwlock_wrlock(&lock);
  if (stock > 0) --stock;
  pthread_rwlock_unlock(&lock);
}

int main() {
  std::thread first(take_one);
  std::thread second(take_one);
  first.join();
  second.join();
  assert(stock == 0);
}
