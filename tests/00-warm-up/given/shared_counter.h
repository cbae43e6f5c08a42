#pragma once

namespace lab {

/// A counter that the process which makes it shares with every child that it forks afterwards.
///
/// It lies in an anonymous shared mapping: it has no name, and nobody else can get at it. Any of
/// the processes may call increment() and value() at any time; whoever destroys its SharedCounter
/// gives back its own mapping, and the others keep theirs.
/// @see mmap(2) (MAP_SHARED, MAP_ANONYMOUS), munmap(2), fork(2)
class SharedCounter {
 public:
  /// A counter that stands at 0.
  /// @throws ipc::SystemError  if there is no memory for it (mmap(2): ENOMEM).
  SharedCounter();
  ~SharedCounter();
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;

  /// Adds 1.
  /// @returns the value that this call brought it to. Of all calls, by whichever process, no two
  ///          return the same.
  long increment();

  /// @returns how many calls of increment() there have been.
  [[nodiscard]] long value() const;

 private:
  struct Cell;  // what lies in the shared memory: you define it, in shared_counter.cpp
  [[maybe_unused]] Cell* cell_ = nullptr;
};

}  // namespace lab
