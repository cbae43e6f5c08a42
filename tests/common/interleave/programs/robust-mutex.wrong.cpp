// A process ends with a robust mutex locked. The next owner is told so by EOWNERDEAD, and goes on
// without pthread_mutex_consistent(). Misconception: EOWNERDEAD is only for information. Unlocked
// as it is, the mutex is beyond repair: ENOTRECOVERABLE from now on.
// expect: crash
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* lock = static_cast<pthread_mutex_t*>(page);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(lock, &attributes);

  pid_t child = fork();
  if (child == 0) {
    pthread_mutex_lock(lock);
    _exit(0);  // dies as the owner
  }
  waitpid(child, nullptr, 0);
  int error = pthread_mutex_lock(lock);
  assert(error == 0 || error == EOWNERDEAD);
  pthread_mutex_unlock(lock);
  error = pthread_mutex_lock(lock);
  assert(error == 0);  // <- here
  pthread_mutex_unlock(lock);
}
