#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/ipc/unique_fd.h"

/// Lab 02, part A: a mailbox is a POSIX message queue with a name.
///
/// The kernel keeps the boundaries, the priorities and the bound: what is sent as one message is
/// received as one, the most urgent first, and a full queue makes its senders wait.
/// @see mq_overview(7)
namespace lab {

/// A queue was asked for that is larger than this machine allows.
class LimitExceeded : public std::runtime_error {
 public:
  /// @param limit  the file in /proc/sys/fs/mqueue that says how much is allowed.
  explicit LimitExceeded(const std::string& limit)
      : std::runtime_error("more than /proc/sys/fs/mqueue/" + limit + " allows"), limit_(limit) {}

  /// "msg_max" (messages in a queue) or "msgsize_max" (bytes of a message).
  [[nodiscard]] const std::string& limit() const noexcept { return limit_; }

 private:
  std::string limit_;
};

struct Message {
  std::vector<std::byte> bytes;
  unsigned priority = 0;  ///< The higher, the sooner it is received.
};

/// An open message queue. It can be moved and not copied; who destroys it closes the queue and
/// leaves its name and its messages where they are.
///
/// Who waits sleeps until there is something to do, and does not ask again and again. A call that
/// is interrupted by a signal (EINTR) is made again. No function leaves a descriptor
/// open that no Mailbox owns, whatever it throws.
class Mailbox {
 public:
  /// Makes a new queue, for its owner alone (mode 0600),
  /// and opens it for sending and receiving. A queue that is there already is left as it is.
  /// @param name          a slash, then 1 to 200 characters, none of them a slash.
  /// @param max_messages  so many messages may wait in it.
  /// @param max_size      the longest message, in bytes.
  /// @throws std::invalid_argument  if `name` has another form; if one of the other two is 0.
  /// @throws LimitExceeded          if the machine does not allow so many messages, or such long
  ///         ones. If both are too large, it may name either.
  /// @throws ipc::SystemError       EEXIST if there is a queue of that name, or any other error of
  ///         mq_open(3).
  static Mailbox create(const std::string& name, std::size_t max_messages, std::size_t max_size);

  /// Opens the queue that is there, for sending and receiving.
  /// @throws std::invalid_argument  if `name` has not the form that `create` asks for.
  /// @throws ipc::SystemError       ENOENT if there is none, or any other error of mq_open(3).
  static Mailbox open(const std::string& name);

  /// As `create`; but if there is a queue of that name, left by a process that crashed perhaps, its
  /// name is removed first, and with it the messages that nobody will receive any more. If another
  /// process makes a queue of that name in between, that one goes as well: it never throws EEXIST.
  static Mailbox replace(const std::string& name, std::size_t max_messages, std::size_t max_size);

  /// Removes a name. Who has the queue open goes on using it; it is gone when the last has closed
  /// it.
  /// @returns whether there was a queue of that name.
  /// @throws ipc::SystemError  any error of mq_unlink(3) but ENOENT.
  static bool remove(const std::string& name);

  /// What the queue was made for, by whomever: mq_getattr(3) knows.
  [[nodiscard]] std::size_t max_messages() const noexcept { return max_messages_; }
  [[nodiscard]] std::size_t max_size() const noexcept { return max_size_; }

  /// The number of messages that wait in the queue now.
  /// @throws ipc::SystemError  any error of mq_getattr(3).
  [[nodiscard]] std::size_t waiting() const;

  /// Sends one message, and waits while the queue is full.
  /// @param bytes     may be empty.
  /// @param priority  0 to 32767.
  /// @throws std::length_error  if `bytes` is longer than `max_size()`; nothing has been sent then.
  /// @throws ipc::SystemError   EINVAL if the priority is too high, or any other error of
  ///         mq_send(3) but EINTR.
  void send(std::span<const std::byte> bytes, unsigned priority = 0);

  /// As `send`, but waits for `patience` at most.
  /// @param patience  from now on, 0 to 24 hours; 0: does not wait at all.
  /// @returns whether the message was sent.
  /// @see mq_timedsend(3): it takes a moment of CLOCK_REALTIME, and not a length of time.
  bool send_for(std::span<const std::byte> bytes, unsigned priority,
                std::chrono::milliseconds patience);

  /// Receives the oldest of the most urgent messages, and waits while there is none.
  /// @throws ipc::SystemError  any error of mq_receive(3) but EINTR.
  Message receive();

  /// As `receive`, but waits for `patience` at most.
  /// @param patience  as for `send_for`.
  /// @returns nothing if no message came. (An empty message is a message.)
  /// @see mq_timedreceive(3)
  std::optional<Message> receive_for(std::chrono::milliseconds patience);

 private:
  Mailbox() = default;

  ipc::UniqueFd queue_;  ///< On Linux a message queue descriptor is a file descriptor.
  std::size_t max_messages_ = 0;
  std::size_t max_size_ = 0;
};

}  // namespace lab
