// Who writes takes the write lock, even if reading is the main thing.
// expect: nothing
#include <pthread.h>

#include <cassert>
#include <thread>

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int visits = 0;

void visit() {
  pthread_rwlock_wrlock(&lock);
  ++visits;
  pthread_rwlock_unlock(&lock);
}

int main() {
  std::thread first(visit);
  std::thread second(visit);
  pthread_rwlock_rdlock(&lock);
  assert(visits <= 2);
  pthread_rwlock_unlock(&lock);
  first.join();
  second.join();
}
