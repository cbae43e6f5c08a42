#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

/// Lab 05, part A: a bounded buffer in shared memory, for many producers and many consumers.
namespace lab {

/// A queue of numbers with room for a fixed count of them. What it consists of lies in memory that
/// several processes have mapped, each at an address of its own: nothing in there may be a pointer.
/// An object of this class is a handle to it, of one process.
///
/// All functions but `create` may be called by any number of processes and threads at once. Who has
/// to wait sleeps until there is a reason to go on; nobody looks again and again.
///
/// The buffer ends with its memory; there is nothing to be destroyed before. No process dies while
/// it uses the buffer: for that there is part B.
class BoundedBuffer {
 public:
  /// How much memory a buffer for `capacity` numbers needs, in bytes.
  static std::size_t size_for(std::size_t capacity);

  /// Makes a new buffer, empty and not closed. One process calls it, once, before any other opens
  /// the buffer.
  /// @param memory    at least size_for(capacity) bytes of shared memory, at an address that can be
  ///                  divided by 64. What is in it may be anything.
  /// @param capacity  how many numbers fit.
  /// @throws std::invalid_argument  if `capacity` is 0.
  /// @throws ipc::SystemError       if something cannot be initialised. The functions of pthreads
  ///                                return the error, and leave errno alone.
  /// @see pthread_mutexattr_setpshared(3), pthread_condattr_setpshared(3p)
  static BoundedBuffer create(void* memory, std::size_t capacity);

  /// The buffer that some process has created in this memory.
  /// @param memory  where this process has it.
  static BoundedBuffer open(void* memory);

  /// Puts a number behind those that are in the buffer. Waits as long as the buffer is full.
  /// @returns whether it is in: false if the buffer has been closed, before or during the wait.
  bool put(std::uint64_t item);

  /// Takes out the number that has been in the buffer for longest. Waits as long as it is empty.
  /// @returns nothing if the buffer is empty and has been closed, before or during the wait. What
  ///          is in a closed buffer can still be taken.
  std::optional<std::uint64_t> take();

  /// From now on nothing can be put into the buffer. Everybody who waits in `put` returns, and
  /// everybody who waits in `take`, too, unless there is something for him. Closing it once more
  /// changes nothing.
  void close();

 private:
  struct Shared;  // what lies in the shared memory: yours to define, in bounded_buffer.cpp
  explicit BoundedBuffer(Shared* shared) : shared_(shared) {}
  [[maybe_unused]] Shared* shared_;
};

}  // namespace lab
