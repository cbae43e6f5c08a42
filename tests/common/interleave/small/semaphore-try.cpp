// Has it been posted by now, or by then?
#include <semaphore.h>

#include <cstdio>
#include <thread>

sem_t semaphore;

int main() {
  sem_init(&semaphore, 0, 0);
  std::thread other([] { sem_post(&semaphore); });
  int first = sem_trywait(&semaphore);
  int second = sem_trywait(&semaphore);
  other.join();
  std::printf("%d %d\n", first, second);
}
