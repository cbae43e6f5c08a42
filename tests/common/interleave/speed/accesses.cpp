// Plain accesses to memory that is shared between processes, to memory that is private, and to such
// that is private and watched because there is a second thread:
// accesses.cpp shared|private|threads COUNT
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <thread>

int main(int, char** argv) {
  const bool shared = std::strcmp(argv[1], "shared") == 0;
  const long count = std::atol(argv[2]);
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                    (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);
  auto* word = static_cast<int*>(page);
  if (std::strcmp(argv[1], "threads") == 0) std::thread([] {}).join();
  for (long i = 0; i < count; ++i) word[i % 16] = 1;
}
