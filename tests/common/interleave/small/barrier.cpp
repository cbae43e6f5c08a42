// Who comes last to a barrier is told so.
#include <pthread.h>

#include <cstdio>
#include <thread>

pthread_barrier_t barrier;
int last[2];

int main() {
  pthread_barrier_init(&barrier, nullptr, 2);
  std::thread other([] { last[1] = pthread_barrier_wait(&barrier) != 0; });
  last[0] = pthread_barrier_wait(&barrier) != 0;
  other.join();
  std::printf("%d %d\n", last[0], last[1]);
}
