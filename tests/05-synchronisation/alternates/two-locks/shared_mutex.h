#pragma once

#include <pthread.h>

#include "common/ipc/system_error.h"

/// What the standard library calls a Lockable, between processes.
class SharedMutex {
 public:
  SharedMutex() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (const int error = pthread_mutex_init(&mutex_, &attributes)) {
      throw ipc::SystemError("pthread_mutex_init", error);
    }
  }
  void lock() { pthread_mutex_lock(&mutex_); }
  bool try_lock() { return pthread_mutex_trylock(&mutex_) == 0; }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};
