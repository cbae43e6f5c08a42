// Two processes that take turns, as often as the argument says: two hand-overs each time, and the
// steps by which they ask for them.
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

int main(int, char** argv) {
  const long count = std::atol(argv[1]);
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* turn = static_cast<sem_t*>(page);
  sem_init(&turn[0], 1, 0);
  sem_init(&turn[1], 1, 0);
  const pid_t child = fork();
  const int mine = child == 0 ? 1 : 0;
  for (long i = 0; i < count; ++i) {
    if (mine == 0) sem_post(&turn[1]);
    sem_wait(&turn[mine]);
    if (mine == 1) sem_post(&turn[0]);
  }
  if (child == 0) _exit(0);
  wait(nullptr);
}
