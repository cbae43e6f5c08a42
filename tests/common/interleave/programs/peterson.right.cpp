// Peterson's lock between two processes, seq_cst: of the two flags, the one raised second is
// followed by a look that sees the one raised first.
// expect: nothing
// options: --weak-memory on
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

struct Shared {
  std::atomic<bool> wants[2];
  std::atomic<int> turn;
  int counter;
};

void add(Shared* shared, int me) {
  int other = 1 - me;
  shared->wants[me] = true;
  shared->turn = other;  // after you
  while (shared->wants[other] && shared->turn == other) sched_yield();
  ++shared->counter;
  shared->wants[me] = false;
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pid_t child = fork();
  add(shared, child == 0 ? 0 : 1);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  assert(shared->counter == 2);
  return status != 0;
}
