// A recursive mutex counts how often its owner has locked it, and is free after as many unlocks.
// expect: nothing
#include <pthread.h>

#include <cassert>

pthread_mutex_t lock;
int balance = 100;

void withdraw(int amount) {
  pthread_mutex_lock(&lock);
  balance -= amount;
  pthread_mutex_unlock(&lock);
}

void withdraw_if_covered(int amount) {
  pthread_mutex_lock(&lock);
  if (balance >= amount) withdraw(amount);
  pthread_mutex_unlock(&lock);
}

int main() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&lock, &attributes);
  withdraw_if_covered(10);
  assert(balance == 90);
  pthread_mutex_destroy(&lock);
}
