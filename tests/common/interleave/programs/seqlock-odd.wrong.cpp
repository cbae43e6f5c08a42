// A seqlock between two processes; the reader checks only that the version did not change.
// Misconception: the same version twice means nobody wrote. A writer who stopped half-way leaves
// the same odd one.
// expect: crash
// needs: preemptions 1
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

struct Shared {
  std::atomic<unsigned> version;  // odd while the pair is being written
  std::atomic<int> left;
  std::atomic<int> right;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pid_t writer = fork();
  if (writer == 0) {
    shared->version = 1;
    shared->left = 1;
    shared->right = 1;
    shared->version = 2;
    _exit(0);
  }
  unsigned before = shared->version;
  int seen_left = shared->left;
  int seen_right = shared->right;
  unsigned after = shared->version;
  if (before == after) assert(seen_left == seen_right);  // <- here
  int status = 0;
  waitpid(writer, &status, 0);
  return status != 0;
}
