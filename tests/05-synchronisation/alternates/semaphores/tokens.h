#pragma once

#include <semaphore.h>

#include <cerrno>

#include "common/ipc/system_error.h"

inline void make(sem_t& semaphore, unsigned value) {
  if (sem_init(&semaphore, 1, value) != 0) throw ipc::SystemError("sem_init");
}

inline void down(sem_t& semaphore) {
  while (sem_wait(&semaphore) == -1) {
    if (errno != EINTR) throw ipc::SystemError("sem_wait");
  }
}

inline void up(sem_t& semaphore) {
  if (sem_post(&semaphore) == -1) throw ipc::SystemError("sem_post");
}
