#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

namespace lab {

/// The process at the other end has been ended without saying so.
class PeerDied : public std::runtime_error {
 public:
  PeerDied() : std::runtime_error("the process at the other end has died") {}
};

/// Messages of any length from one process to another, in memory that both share. Who has to wait
/// sleeps: it uses no processor until there is something to do.
///
/// The sender's process makes a Channel by create(), the receiver's by open(), each once. They may
/// use a Ring for it, and need not.
/// @see futex(2), sem_overview(7), pthread_mutexattr_setrobust(3)
class Channel {
 public:
  /// The least memory for which create() makes a channel, bytes.
  static constexpr std::size_t least_memory = 2048;

  /// Makes a channel of `memory`, which begins at a multiple of 64, and is its sender.
  /// @throws std::invalid_argument  if it has less than `least_memory` bytes.
  static Channel create(std::span<std::byte> memory);

  /// The other end of a channel that was made of the same memory: is its receiver.
  static Channel open(std::span<std::byte> memory);

  /// Sends a message, which may be longer than the memory. Waits while there is no room.
  /// Before there is a receiver, it fills the memory and then waits for one.
  /// @throws PeerDied  if the receiver's process has ended, and the message does not go through.
  void send(std::span<const std::byte> message);

  /// Says that no more will be sent.
  void close();

  /// Receives the next message. Waits while there is none.
  /// @returns false if the sender has closed, and all was received.
  /// @throws PeerDied  if the sender's process has ended without close(), and all that it had sent
  ///         completely was received.
  bool receive(std::vector<std::byte>& message);

  Channel(Channel&& other) noexcept;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

 private:
  struct State;  // you define it, in channel.cpp

  explicit Channel(State* state) : state_(state) {}

  State* state_;
};

}  // namespace lab
