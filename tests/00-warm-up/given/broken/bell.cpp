// Left sleeps until the bell rings; right brings work, and rings the bell.
//
// Who sleeps must wake up: there is work.

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>
#include <new>

struct House {
  std::atomic<bool> work{false};
  pthread_mutex_t mutex;
  pthread_cond_t bell;
};

void left(House& house) {
  if (house.work.load()) return;
  pthread_mutex_lock(&house.mutex);
  pthread_cond_wait(&house.bell, &house.mutex);
  pthread_mutex_unlock(&house.mutex);
}

void right(House& house) {
  house.work.store(true);
  pthread_mutex_lock(&house.mutex);
  pthread_cond_signal(&house.bell);
  pthread_mutex_unlock(&house.mutex);
}

int main() {
  void* memory =
      mmap(nullptr, sizeof(House), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& house = *new (memory) House;
  pthread_mutexattr_t shared_mutex;
  pthread_mutexattr_init(&shared_mutex);
  pthread_mutexattr_setpshared(&shared_mutex, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&house.mutex, &shared_mutex);
  pthread_condattr_t shared_bell;
  pthread_condattr_init(&shared_bell);
  pthread_condattr_setpshared(&shared_bell, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&house.bell, &shared_bell);
  for (const auto part : {left, right}) {
    if (fork() == 0) {
      part(house);
      _exit(0);
    }
  }
  while (wait(nullptr) > 0) {
  }
}
