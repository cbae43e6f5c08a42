// A writer between two readers.
#include <pthread.h>

#include <cstdio>
#include <thread>

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int value = 0, seen[2];

void look(int who) {
  pthread_rwlock_rdlock(&lock);
  seen[who] = value;
  pthread_rwlock_unlock(&lock);
}

int main() {
  std::thread reader(look, 1);
  pthread_rwlock_wrlock(&lock);
  value = 1;
  pthread_rwlock_unlock(&lock);
  look(0);
  reader.join();
  std::printf("%d %d\n", seen[0], seen[1]);
}
