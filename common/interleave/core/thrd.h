#pragma once

#include <threads.h>

#include <cerrno>

namespace interleave {

/// What a function of <threads.h> returns where one of pthreads returns `error`.
inline int thrd_result(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    case ENOMEM:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

}  // namespace interleave
