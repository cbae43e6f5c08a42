#pragma once

#include <pthread.h>

#include <cstdint>

/// What waiting for a condition needs of its mutex.
namespace interleave {

int unlock_for_wait(pthread_mutex_t* mutex, std::uint32_t object);
int lock_again(pthread_mutex_t* mutex, std::uint32_t object, const void* pc);

}  // namespace interleave
