// pshared 0 is right where the users are threads of one process, even if the memory happens to be
// shared.
// expect: nothing
#include <semaphore.h>
#include <sys/mman.h>

#include <cassert>
#include <new>
#include <thread>

struct Shared {
  sem_t free;
  int counter;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  sem_init(&shared->free, /*pshared=*/0, /*value=*/1);
  auto add = [shared] {
    sem_wait(&shared->free);
    ++shared->counter;
    sem_post(&shared->free);
  };
  std::thread other(add);
  add();
  other.join();
  assert(shared->counter == 2);
}
