// Two threads add to one counter through two mappings of the same memory. Misconception: different
// addresses are different memory.
// expect: data-race
#include <sys/mman.h>
#include <unistd.h>

#include <thread>

int* map_counter(int fd) {
  return static_cast<int*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}

void add(int* counter) {
  ++*counter;  // <- here
}

int main() {
  int fd = memfd_create("counter", 0);
  if (ftruncate(fd, 4096) != 0) return 1;
  std::thread first(add, map_counter(fd));
  std::thread second(add, map_counter(fd));
  first.join();
  second.join();
}
