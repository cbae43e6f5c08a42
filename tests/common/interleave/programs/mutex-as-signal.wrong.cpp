// The parent locks a mutex, and its child unlocks it to say "done". Misconception: a mutex is a
// semaphore of one. Unlocking what another process owns is undefined; what is wanted is a
// semaphore.
// expect: wrong-result
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* done = static_cast<pthread_mutex_t*>(page);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(done, &attributes);

  pthread_mutex_lock(done);
  pid_t child = fork();
  if (child == 0) {
    pthread_mutex_unlock(done);  // <- here
    _exit(0);
  }
  pthread_mutex_lock(done);  // until the child is done
  pthread_mutex_unlock(done);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
