#pragma once

#include <cstddef>

/// Names that a run has made and that outlive its processes. A run may be ended at any step, and
/// then nobody of it is left to remove them.
namespace interleave {

enum class Litter : unsigned char {
  none,
  file,
  message_queue,
  shared_memory,
  semaphore,
  sysv_shm,
  sysv_msg,
  sysv_sem
};

void made(Litter kind, const char* name, int id = -1);
void removed(Litter kind, const char* name, int id = -1);
/// By the server, when nobody of the run is left.
void remove_litter();

}  // namespace interleave
