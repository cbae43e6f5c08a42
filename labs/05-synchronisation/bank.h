#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

/// Lab 05, part D: transfers between accounts with a lock each.
namespace lab {

/// Accounts in shared memory that many processes transfer money between. What the bank consists of
/// lies in memory that several processes have mapped, each at an address of its own: nothing in
/// there may be a pointer. An object of this class is a handle to it, of one process.
///
/// Each account has a lock of its own: transfers between different accounts do not wait for each
/// other. Whatever is transferred from where to where, and in whichever order, nobody waits for
/// ever, and no money is made or lost. Who has to wait sleeps. No process dies meanwhile.
class Bank {
 public:
  /// How much memory a bank with so many accounts needs, in bytes.
  static std::size_t size_for(std::size_t accounts);

  /// Makes a new bank. One process calls it, once, before any other opens the bank.
  /// @param memory    at least size_for(balances.size()) bytes of shared memory, at an address that
  ///                  can be divided by 64. What is in it may be anything.
  /// @param balances  what is on each account; none is below zero. Accounts are numbered from 0.
  /// @throws ipc::SystemError  if something cannot be initialised.
  static Bank create(void* memory, std::span<const std::int64_t> balances);

  /// The bank that some process has created in this memory.
  /// @param memory  where this process has it.
  static Bank open(void* memory);

  /// Moves `amount` from one account to another, which may be the same. Nobody sees the money on
  /// neither of the two, or on both.
  /// @returns false, and has moved nothing, if there is less than `amount` on `from`.
  /// @throws std::out_of_range      if there is no such account; then nothing has changed.
  /// @throws std::invalid_argument  if `amount` is below zero; then nothing has changed.
  bool transfer(std::size_t from, std::size_t to, std::int64_t amount);

  /// Calls `look` with the balance of one account, and keeps its lock as long as `look` runs: who
  /// wants to transfer to or from this account waits, and everybody else does not. `look` does not
  /// use the bank. What it throws goes to the caller, and nobody has to wait for longer because of
  /// it.
  /// @throws std::out_of_range  if there is no such account.
  void inspect(std::size_t account, const std::function<void(std::int64_t)>& look);

  /// The sum of all balances at one moment.
  std::int64_t total();

 private:
  struct Shared;  // what lies in the shared memory: yours to define, in bank.cpp
  explicit Bank(Shared* shared) : shared_(shared) {}
  [[maybe_unused]] Shared* shared_;
};

}  // namespace lab
