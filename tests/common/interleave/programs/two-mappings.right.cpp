// The same, with a mutex held: one memory, one lock, however many addresses.
// expect: nothing
#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <mutex>
#include <thread>

std::mutex lock;

int* map_counter(int fd) {
  return static_cast<int*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}

void add(int* counter) {
  std::lock_guard guard(lock);
  ++*counter;
}

int main() {
  int fd = memfd_create("counter", 0);
  if (ftruncate(fd, 4096) != 0) return 1;
  std::thread first(add, map_counter(fd));
  std::thread second(add, map_counter(fd));
  first.join();
  second.join();
  assert(*map_counter(fd) == 2);
}
