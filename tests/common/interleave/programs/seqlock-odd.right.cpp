// A seqlock between two processes: what was read counts only if the version is even, and the same
// twice.
// expect: nothing
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
  if (before == after && before % 2 == 0) assert(seen_left == seen_right);
  int status = 0;
  waitpid(writer, &status, 0);
  return status != 0;
}
