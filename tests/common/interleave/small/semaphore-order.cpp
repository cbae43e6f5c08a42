// A semaphore of one lets one after the other in.
#include <semaphore.h>

#include <cstdio>
#include <thread>

sem_t semaphore;
int order = 0;

void pass(int who) {
  sem_wait(&semaphore);
  order = order * 10 + who;
  sem_post(&semaphore);
}

int main() {
  sem_init(&semaphore, 0, 1);
  std::thread other(pass, 1);
  pass(2);
  other.join();
  std::printf("%d\n", order);
}
