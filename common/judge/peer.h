#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/ipc/unique_fd.h"
#include "common/judge/bytes.h"

namespace judge {

/// The judge's end of a pipe that a role has the other end of. What the judge sent, or saw arrive,
/// cannot be forged by the role: whenever a check can have the judge at one end, it has.
class Peer {
 public:
  virtual ~Peer() = default;

  /// The descriptor and events to poll for now; fd -1 if this peer waits for nothing.
  [[nodiscard]] virtual pollfd interest() const = 0;
  /// Moves what can be moved without blocking.
  virtual void act() = 0;
  /// For the autopsy: the inode of the pipe, and whether the judge holds its read or write end.
  [[nodiscard]] std::uint64_t inode() const { return inode_; }
  [[nodiscard]] virtual bool holds_read_end() const { return false; }
  [[nodiscard]] virtual bool holds_write_end() const { return false; }
  /// The run has ended: nobody else holds the other end any more.
  virtual void run_ended() {}

 protected:
  std::uint64_t inode_ = 0;
};

/// Writes bytes for a role to read.
class Source : public Peer {
 public:
  /// How the bytes arrive.
  struct Manner {
    /// Sizes of the pieces, in turn, the last one again and again; each at most a page. A piece is
    /// only written when the one before it has been read, so that a read(2) gets at most one piece:
    /// short reads without a clock. Empty: everything at once, as much as the pipe takes.
    std::vector<std::size_t> pieces = {};
    bool close_at_end = true;  ///< else the write end stays open until `close` is called
    bool paused = false;       ///< writes nothing until `pause(false)`
  };
  Source(Bytes bytes, Manner manner);

  /// The end for the role. Call it once.
  ipc::UniqueFd read_end() { return std::move(read_end_); }
  /// Bytes that the role has left in the pipe. Only with `keep_read_end`.
  [[nodiscard]] std::size_t left() const;
  /// Keeps a read end of its own, so that `left` can look; then EPIPE cannot happen.
  void keep_read_end();
  [[nodiscard]] std::size_t written() const { return written_; }
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] bool done() const { return written_ == bytes_.size() || broken_; }
  void close() { write_end_.reset(); }

  /// Waits (writes nothing) until told.
  void pause(bool paused) {
    paused_ = paused;
    if (!paused) act();
  }
  [[nodiscard]] bool paused() const { return paused_; }

  [[nodiscard]] pollfd interest() const override;
  void act() override;
  [[nodiscard]] bool holds_write_end() const override { return static_cast<bool>(write_end_); }

 private:
  Bytes bytes_;
  Manner manner_;
  std::size_t written_ = 0;
  std::size_t piece_ = 0;
  bool broken_ = false;
  bool paused_ = false;
  ipc::UniqueFd read_end_, write_end_, kept_;
};

/// Reads what a role writes.
class Sink : public Peer {
 public:
  struct Manner {
    std::size_t close_after = SIZE_MAX;  ///< closes its end after that many bytes
    std::size_t most = 32U << 20;        ///< more than that is a flood: the end is closed
    int capacity = 0;                    ///< of the pipe, bytes; 0: as it is
  };
  Sink() : Sink(Manner{}) {}
  explicit Sink(Manner manner);

  /// A sink without a pipe of its own; see `attach`.
  struct Elsewhere {};
  explicit Sink(Elsewhere) {}
  /// Reads from `read_end` from now on.
  void attach(ipc::UniqueFd read_end);

  /// The end for the role. Call it once.
  ipc::UniqueFd write_end() { return std::move(write_end_); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] bool flooded() const { return flooded_; }
  void pause(bool paused) { paused_ = paused; }
  [[nodiscard]] bool paused() const { return paused_; }
  void close() { read_end_.reset(); }

  [[nodiscard]] pollfd interest() const override;
  void act() override;
  [[nodiscard]] bool holds_read_end() const override { return static_cast<bool>(read_end_); }
  void run_ended() override;

 private:
  Manner manner_;
  Bytes bytes_;
  bool at_end_ = false;
  bool flooded_ = false;
  bool paused_ = false;
  ipc::UniqueFd read_end_, write_end_;
};

/// A pipe between two roles; the judge keeps neither end.
struct Channel {
  /// @param capacity  bytes, rounded up to pages; 0: the kernel's usual 64 KiB.
  explicit Channel(int capacity = 0);
  ipc::UniqueFd read_end, write_end;
};

}  // namespace judge
