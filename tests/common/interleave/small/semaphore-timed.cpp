// The post comes, or the time is over: it is over only when nobody else can do anything.
#include <semaphore.h>
#include <time.h>

#include <cstdio>
#include <thread>

sem_t full, empty;

int main() {
  sem_init(&full, 0, 0);
  sem_init(&empty, 0, 0);
  std::thread other([] {
    if (sem_trywait(&empty) == 0) sem_post(&full);
  });
  sem_post(&empty);
  timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 1;
  int result = sem_timedwait(&full, &until);
  other.join();
  std::printf("%d\n", result);
}
