// One process ends with the robust mutex locked, at any time; the other finds it free, or its owner
// dead. Then what the dead has written came before: nothing is read that was not written yet.
// expect: nothing
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* lock = static_cast<pthread_mutex_t*>(page);
  auto* written = reinterpret_cast<int*>(lock + 1);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(lock, &attributes);

  pid_t child = fork();
  if (child == 0) {
    pthread_mutex_lock(lock);
    *written = 1;
    _exit(0);  // dies as the owner
  }
  int error = pthread_mutex_lock(lock);  // waits for the child's death if the child has the lock
  if (error == EOWNERDEAD) {
    assert(*written == 1);
    error = pthread_mutex_consistent(lock);
  }
  assert(error == 0);
  pthread_mutex_unlock(lock);
  waitpid(child, nullptr, 0);
}
