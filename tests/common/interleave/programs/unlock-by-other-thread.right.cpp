// Who locks unlocks.
// expect: nothing
#include <pthread.h>

#include <cassert>
#include <thread>

pthread_mutex_t lock;
int visits = 0;

void visit() {
  pthread_mutex_lock(&lock);
  ++visits;
  int error = pthread_mutex_unlock(&lock);
  assert(error == 0);
}

int main() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&lock, &attributes);

  std::thread other(visit);
  visit();
  other.join();
  assert(visits == 2);
  pthread_mutex_destroy(&lock);
}
