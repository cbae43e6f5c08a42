// Who gets the spin lock first?
#include <pthread.h>

#include <cstdio>
#include <thread>

pthread_spinlock_t lock;
int order = 0;

void pass(int who) {
  pthread_spin_lock(&lock);
  order = order * 10 + who;
  pthread_spin_unlock(&lock);
}

int main() {
  pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
  std::thread other(pass, 1);
  pass(2);
  other.join();
  std::printf("%d\n", order);
}
