// A thread unlocks a mutex that main has locked. Misconception: anybody may unlock. A mutex has an
// owner, and an error-checking one says so: EPERM, if only somebody looked at the result.
// expect: wrong-result
#include <pthread.h>

#include <thread>

pthread_mutex_t lock;

int main() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&lock, &attributes);

  pthread_mutex_lock(&lock);
  std::thread other([] {
    pthread_mutex_unlock(&lock);  // <- here
  });
  other.join();
  pthread_mutex_unlock(&lock);
}
