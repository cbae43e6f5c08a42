// Two processes meet at a barrier made for two, twice: what one wrote before it, the other reads
// after it.
// expect: nothing
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <new>

struct Shared {
  pthread_barrier_t barrier;
  int written[2];
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_barrierattr_t attributes;
  pthread_barrierattr_init(&attributes);
  pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init(&shared->barrier, &attributes, 2);

  pid_t child = fork();
  int me = child == 0 ? 0 : 1;
  for (int round = 1; round <= 2; ++round) {
    shared->written[me] = round;
    pthread_barrier_wait(&shared->barrier);
    assert(shared->written[1 - me] == round);
    pthread_barrier_wait(&shared->barrier);  // or the next round would write what is still read
  }
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
