// A semaphore that lets in one at a time starts at 1: there is one free seat.
// expect: nothing
#include <semaphore.h>

#include <cassert>
#include <thread>

sem_t free_seats;
int counter = 0;

void add() {
  sem_wait(&free_seats);
  ++counter;
  sem_post(&free_seats);
}

int main() {
  sem_init(&free_seats, /*pshared=*/0, /*value=*/1);
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  assert(counter == 2);
  sem_destroy(&free_seats);
}
