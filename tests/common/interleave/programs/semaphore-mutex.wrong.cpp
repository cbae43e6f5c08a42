// A semaphore is to let in one at a time, but it starts at 0: nobody is ever the first.
// expect: deadlock
#include <semaphore.h>

#include <thread>

sem_t free_seats;
int counter = 0;

void add() {
  sem_wait(&free_seats);  // <- here
  ++counter;
  sem_post(&free_seats);
}

int main() {
  sem_init(&free_seats, /*pshared=*/0, /*value=*/0);
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
}
