// Two philosophers at a table with two forks. To eat, each needs both, and takes first the one
// that lies nearer to him.
//
// Nobody may starve.

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

struct Table {
  pthread_mutex_t fork_a, fork_b;
};

void left(Table& table) {
  pthread_mutex_lock(&table.fork_a);
  pthread_mutex_lock(&table.fork_b);
  // eats
  pthread_mutex_unlock(&table.fork_b);
  pthread_mutex_unlock(&table.fork_a);
}

void right(Table& table) {
  pthread_mutex_lock(&table.fork_b);
  pthread_mutex_lock(&table.fork_a);
  // eats
  pthread_mutex_unlock(&table.fork_a);
  pthread_mutex_unlock(&table.fork_b);
}

int main() {
  auto* table = static_cast<Table*>(
      mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  pthread_mutexattr_t shared;
  pthread_mutexattr_init(&shared);
  pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&table->fork_a, &shared);
  pthread_mutex_init(&table->fork_b, &shared);
  for (const auto philosopher : {left, right}) {
    if (fork() == 0) {
      philosopher(*table);
      _exit(0);
    }
  }
  while (wait(nullptr) > 0) {
  }
}
