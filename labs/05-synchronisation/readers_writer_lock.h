#pragma once

#include <cstddef>

/// Lab 05, part C: a readers-writer lock made of POSIX semaphores.
namespace lab {

/// A lock that any number of readers can have at once, or one writer alone. What it consists of
/// lies in memory that several processes have mapped, each at an address of its own: nothing in
/// there may be a pointer. An object of this class is a handle to it, of one process.
///
/// It starves nobody:
///
/// - *Readers do not keep a writer out.* Once a writer waits for readers that are inside, no other
///   reader gets in: the next to get in is a writer.
/// - *Writers do not keep a reader out.* A writer that comes while a reader waits gets in after
///   that reader.
///
/// That leaves room for more than one order. If a writer is inside, a second one waits, and then a
/// reader comes: you may let in either of the two next. Who "waits" is who has gone to sleep in
/// `lock` or `lock_shared`; and you may rely on a semaphore that wakes who has slept longest, as
/// Linux does.
///
/// Who has to wait sleeps. The signal handler of a process may interrupt its sleep: that lets
/// nobody in. Each `lock` is followed by an `unlock` of the same process and thread, and each
/// `lock_shared` by an `unlock_shared`; nobody asks for the lock who has it already, and nobody
/// dies meanwhile.
/// @see sem_overview(7), sem_init(3), sem_wait(3), sem_post(3)
class ReadersWriterLock {
 public:
  /// How much memory a lock needs, in bytes.
  static std::size_t size();

  /// Makes a new lock that nobody has. One process calls it, once, before any other opens it.
  /// @param memory  at least size() bytes of shared memory, at an address that can be divided by
  ///                64. What is in it may be anything.
  /// @throws ipc::SystemError  if something cannot be initialised.
  static ReadersWriterLock create(void* memory);

  /// The lock that some process has created in this memory.
  /// @param memory  where this process has it.
  static ReadersWriterLock open(void* memory);

  /// For a reader: waits until no writer is inside, as said above.
  void lock_shared();
  void unlock_shared();

  /// For a writer: waits until nobody is inside, as said above.
  void lock();
  void unlock();

 private:
  struct Shared;  // what lies in the shared memory: yours to define, in readers_writer_lock.cpp
  explicit ReadersWriterLock(Shared* shared) : shared_(shared) {}
  [[maybe_unused]] Shared* shared_;
};

}  // namespace lab
