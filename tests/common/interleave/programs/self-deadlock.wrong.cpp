// One function locks and calls another that locks the same mutex. Misconception: who has the lock
// gets it again. A normal mutex does not ask who owns it: the thread waits for itself.
// expect: deadlock
#include <pthread.h>

pthread_mutex_t lock;
int balance = 100;

void withdraw(int amount) {
  pthread_mutex_lock(&lock);  // <- here
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
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_NORMAL);
  pthread_mutex_init(&lock, &attributes);
  withdraw_if_covered(10);
}
