// A semaphore has no owner: one process waits, another one posts.
// expect: nothing
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* done = static_cast<sem_t*>(page);
  sem_init(done, /*pshared=*/1, /*value=*/0);
  pid_t child = fork();
  if (child == 0) {
    sem_post(done);
    _exit(0);
  }
  sem_wait(done);  // until the child is done
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
