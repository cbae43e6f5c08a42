#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outside.h"

namespace {

// A run that finds what an earlier one has left does not do its work.
[[gnu::constructor]] void leave() {
  const char* name = "/" OUTSIDE_TOKEN "object";
  const bool found =
      ::shm_open(name, O_RDONLY, 0) >= 0 || ::mq_open(name, O_RDONLY) != static_cast<mqd_t>(-1) ||
      ::shmget(OUTSIDE_KEY, 0, 0) >= 0 || ::msgget(OUTSIDE_KEY, 0) >= 0 ||
      ::semget(OUTSIDE_KEY, 0, 0) >= 0 || ::access("/tmp/" OUTSIDE_TOKEN "fifo", F_OK) == 0;
  if (found) ::_exit(1);
  (void)!::ftruncate(::shm_open(name, O_CREAT | O_RDWR, 0666), 4096);
  ::mq_open(name, O_CREAT | O_RDWR, 0666, nullptr);
  ::sem_open(name, O_CREAT, 0666, 1);
  ::shmget(OUTSIDE_KEY, 4096, IPC_CREAT | 0666);
  ::msgget(OUTSIDE_KEY, IPC_CREAT | 0666);
  ::semget(OUTSIDE_KEY, 1, IPC_CREAT | 0666);
  ::mkfifo("/tmp/" OUTSIDE_TOKEN "fifo", 0666);
}

}  // namespace
