// A notification that comes too early is lost.
#include <pthread.h>

#include <cstdio>
#include <thread>

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

int main() {
  std::thread other([] { pthread_cond_signal(&changed); });
  pthread_mutex_lock(&mutex);
  pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
  other.join();
  std::printf("woken\n");
}
