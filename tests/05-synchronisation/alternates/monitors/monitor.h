#pragma once

#include <pthread.h>

#include "common/ipc/system_error.h"

/// A mutex, and one condition for whatever changes under it.
class Monitor {
 public:
  Monitor() {
    pthread_mutexattr_t mutex_attributes;
    pthread_mutexattr_init(&mutex_attributes);
    pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
    pthread_condattr_t condition_attributes;
    pthread_condattr_init(&condition_attributes);
    pthread_condattr_setpshared(&condition_attributes, PTHREAD_PROCESS_SHARED);
    if (const int error = pthread_mutex_init(&mutex_, &mutex_attributes)) {
      throw ipc::SystemError("pthread_mutex_init", error);
    }
    if (const int error = pthread_cond_init(&changed_, &condition_attributes)) {
      throw ipc::SystemError("pthread_cond_init", error);
    }
  }

  /// Runs `body` alone, as soon as `ready` is true.
  template <class Ready, class Body>
  auto when(Ready ready, Body body) {
    struct Inside {
      Monitor& monitor;
      explicit Inside(Monitor& m) : monitor(m) { pthread_mutex_lock(&monitor.mutex_); }
      ~Inside() {
        pthread_cond_broadcast(&monitor.changed_);
        pthread_mutex_unlock(&monitor.mutex_);
      }
    } inside(*this);
    while (!ready()) pthread_cond_wait(&changed_, &mutex_);
    return body();
  }

  template <class Body>
  auto now(Body body) {
    return when([] { return true; }, body);
  }

 private:
  pthread_mutex_t mutex_;
  pthread_cond_t changed_;
};
