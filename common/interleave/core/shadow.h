#pragma once

#include <cstddef>
#include <cstdint>

/// Watches accesses to memory for data races, by happens-before.
/// @see C++20 [intro.races]; Flanagan and Freund 2009, "FastTrack"
namespace interleave {

/// Private memory is watched from the moment on when a process has a second thread.
extern bool watches_private_memory;

/// A plain access. Ends the run if it races with another.
void plain_access(std::uint64_t address, std::size_t size, bool writes, const void* pc);
/// An atomic access races with plain ones alone.
void atomic_access(std::uint64_t address, std::size_t size, bool writes, const void* pc);
/// Memory that begins a new life: allocated, or a new thread's stack.
void forget(std::uint64_t address, std::size_t size);
/// In the child of fork(2): its private memory is a copy that nobody else touches.
void forget_private_memory();

}  // namespace interleave
