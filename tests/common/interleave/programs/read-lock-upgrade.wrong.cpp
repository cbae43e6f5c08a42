// A thread that holds the read lock asks for the write lock. Misconception: that turns the one into
// the other. It waits until all readers are gone, itself among them.
// expect: deadlock
#include <pthread.h>

#include <thread>

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int stock = 1;

void take_one() {
  pthread_rwlock_rdlock(&lock);
  if (stock > 0) {
    pthread_rwlock_wrlock(&lock);  // <- here
    --stock;
  }
  pthread_rwlock_unlock(&lock);
}

int main() {
  std::thread first(take_one);
  std::thread second(take_one);
  first.join();
  second.join();
}
