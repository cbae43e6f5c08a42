#pragma once

#include <pthread.h>

#include <cerrno>

/// A mutex for processes, which whoever comes next may have when its owner has died.
class RobustLock {
 public:
  RobustLock() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }

  // What it guards is right after every single write, so that there is nothing to repair.
  void lock() { mend(pthread_mutex_lock(&mutex)); }
  void unlock() { pthread_mutex_unlock(&mutex); }

  /// Whether nobody holds it: then we do.
  bool try_lock() {
    const int result = pthread_mutex_trylock(&mutex);
    mend(result);
    return result != EBUSY;
  }

  /// For what came of taking it, here or in a wait on a condition.
  void mend(int result) {
    if (result == EOWNERDEAD) pthread_mutex_consistent(&mutex);
  }

  pthread_mutex_t mutex;
};
