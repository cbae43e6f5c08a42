#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

/// Lab 05, part B: a ledger in shared memory that survives the death of whoever writes it.
namespace lab {

/// A list of amounts that only grows, and their sum. What it consists of lies in memory that
/// several processes have mapped, each at an address of its own: nothing in there may be a pointer.
/// An object of this class is a handle to it, of one process.
///
/// All functions but `create` may be called by any number of processes and threads at once. Who has
/// to wait sleeps.
///
/// Any process may be killed (SIGKILL) at any moment, in the middle of any of these functions, too.
/// The others notice nothing of it: nobody waits for the dead, no entry is lost that `post` has
/// returned for, and an entry whose `post` did not return is in the ledger whole or not at all, for
/// good. Whole means: in the list, in the count and in the sum.
/// @see pthread_mutexattr_setrobust(3), pthread_mutex_consistent(3)
class Ledger {
 public:
  /// How much memory a ledger with room for `capacity` entries needs, in bytes.
  static std::size_t size_for(std::size_t capacity);

  /// Makes a new, empty ledger. One process calls it, once, before any other opens the ledger, and
  /// survives it.
  /// @param memory  at least size_for(capacity) bytes of shared memory, at an address that can be
  ///                divided by 64. What is in it may be anything.
  /// @throws ipc::SystemError  if something cannot be initialised.
  static Ledger create(void* memory, std::size_t capacity);

  /// The ledger that some process has created in this memory.
  /// @param memory  where this process has it.
  static Ledger open(void* memory);

  /// Appends an entry.
  /// @param amount  below zero, too. Sums stay far away from the limits of the type.
  /// @throws std::length_error  if `capacity` entries are in it already; then nothing has changed.
  void post(std::int64_t amount);

  struct Summary {
    std::size_t entries;  ///< how many there are
    std::int64_t sum;     ///< of their amounts
  };
  /// Count and sum as they were at one moment.
  Summary summary();

  /// Calls `look` with the amount of each entry, from the oldest to the newest. Nobody else posts
  /// meanwhile: who wants to waits until `read` is over. `look` does not use the ledger. What it
  /// throws goes to the caller of `read`, and nobody has to wait for longer because of it.
  void read(const std::function<void(std::int64_t)>& look);

 private:
  struct Shared;  // what lies in the shared memory: yours to define, in ledger.cpp
  explicit Ledger(Shared* shared) : shared_(shared) {}
  [[maybe_unused]] Shared* shared_;
};

}  // namespace lab
