// One of two is woken first, whichever.
// preemptions: 2
#include <pthread.h>

#include <cstdio>
#include <thread>

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
int waiting = 0, order = 0;

void take_part(int who) {
  pthread_mutex_lock(&mutex);
  ++waiting;
  pthread_cond_wait(&changed, &mutex);
  order = order * 10 + who;
  if (waiting == 2) pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
}

int main() {
  std::thread other(take_part, 1);
  std::thread signaller([] {
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
  });
  take_part(2);
  other.join();
  signaller.join();
  std::printf("%d\n", order);
}
