// Each thread counts its visit with the read lock held. Misconception: a lock is a lock. Any number
// of readers hold it at the same time.
// expect: data-race
#include <pthread.h>

#include <thread>

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int visits = 0;

void visit() {
  pthread_rwlock_rdlock(&lock);
  ++visits;  // <- here
  pthread_rwlock_unlock(&lock);
}

int main() {
  std::thread first(visit);
  std::thread second(visit);
  first.join();
  second.join();
}
