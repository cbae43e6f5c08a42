// May it read?
#include <pthread.h>

#include <cstdio>
#include <thread>

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int value = 0;

int main() {
  std::thread other([] {
    pthread_rwlock_wrlock(&lock);
    value = 1;
    pthread_rwlock_unlock(&lock);
  });
  int seen = -1;
  if (pthread_rwlock_tryrdlock(&lock) == 0) {
    seen = value;
    pthread_rwlock_unlock(&lock);
  }
  other.join();
  std::printf("%d\n", seen);
}
