// Two processes that take three steps each.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <new>

int main() {
  void* memory = mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& count = *new (memory) std::atomic<int>(0);
  for (int child = 0; child < 2; ++child) {
    if (fork() != 0) continue;
    int last = 0;
    for (int i = 0; i < 3; ++i) last = ++count;
    _exit(last);
  }
  for (int status = 0; wait(&status) > 0;) std::printf("%d ", WEXITSTATUS(status));
}
