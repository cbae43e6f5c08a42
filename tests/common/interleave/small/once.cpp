// One of two does it.
#include <pthread.h>

#include <cstdio>
#include <thread>

pthread_once_t once = PTHREAD_ONCE_INIT;
thread_local int who = 0;
int done_by = 0;

void initialise() { done_by = who; }

int main() {
  std::thread other([] {
    who = 1;
    pthread_once(&once, initialise);
  });
  who = 2;
  pthread_once(&once, initialise);
  other.join();
  std::printf("%d\n", done_by);
}
