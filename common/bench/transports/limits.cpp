/// What no transport can be faster than.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "common/bench/memory.h"
#include "common/bench/transports.h"

namespace bench {

namespace {

/// A cache line that goes from one core to the other: the message's number and nothing else.
class Bounce {
 public:
  explicit Bounce(const Setting&) : memory_(4096), line_(new (memory_.bytes().data()) Line) {}

  void open_sender() { memory_.touch(); }
  void open_receiver() { memory_.touch(); }

  void send(std::span<const std::byte> message) {
    Word number = 0;
    std::memcpy(&number, message.data(), sizeof number);
    line_->number.store(number, std::memory_order_release);
  }

  void receive(std::span<std::byte> message) {
    Word number = line_->number.load(std::memory_order_acquire);
    while (number == last_) {
      Waiting::once();
      number = line_->number.load(std::memory_order_acquire);
    }
    last_ = number;
    std::memcpy(message.data(), &number, sizeof number);
  }

 private:
  struct alignas(64) Line {
    std::atomic<Word> number{0};
  };
  Memory memory_;
  Line* line_;
  Word last_ = 0;
};

/// Two processes that do nothing but copy, one into a buffer and the other one out of it, and tell
/// each other how far they are after each piece, which is known to both: no frames, no lengths, no
/// odd sizes. What a ring does besides is the ring's own cost.
class Copies {
 public:
  explicit Copies(const Setting& setting)
      : piece_(std::min<std::size_t>(setting.payload, 16 * 1024)),
        capacity_(setting.buffer / piece_ * piece_),
        memory_(sizeof(Shared) + capacity_),
        shared_(new (memory_.bytes().data()) Shared) {}

  void open_sender() { memory_.touch(); }
  void open_receiver() { memory_.touch(); }

  void send(std::span<const std::byte> message) {
    for (; !message.empty(); message = message.subspan(piece_)) {
      while (here_ + piece_ - there_ > capacity_) {
        there_ = shared_->taken.load(std::memory_order_acquire);
        if (here_ + piece_ - there_ > capacity_) Waiting::once();
      }
      std::memcpy(place(), message.data(), piece_);
      go_on(shared_->put);
    }
  }

  void receive(std::span<std::byte> message) {
    for (; !message.empty(); message = message.subspan(piece_)) {
      while (here_ == there_) {
        there_ = shared_->put.load(std::memory_order_acquire);
        if (here_ == there_) Waiting::once();
      }
      std::memcpy(message.data(), place(), piece_);
      go_on(shared_->taken);
    }
  }

 private:
  struct Shared {
    alignas(64) std::atomic<std::uint64_t> put{0};
    alignas(64) std::atomic<std::uint64_t> taken{0};
  };

  [[nodiscard]] std::byte* place() const { return reinterpret_cast<std::byte*>(shared_ + 1) + at_; }

  void go_on(std::atomic<std::uint64_t>& position) {
    here_ += piece_;
    at_ += piece_;
    if (at_ == capacity_) at_ = 0;
    position.store(here_, std::memory_order_release);
  }

  std::size_t piece_;
  std::size_t capacity_;
  Memory memory_;
  Shared* shared_;
  std::uint64_t here_ = 0;   // how far this process is
  std::uint64_t there_ = 0;  // how far the other one was when we looked last
  std::size_t at_ = 0;       // where here_ lies in the buffer
};

/// One process that copies into a buffer and out of it again: no cache line leaves its core.
class CopiesAlone {
 public:
  explicit CopiesAlone(const Setting& setting)
      : capacity_(std::max(setting.buffer / setting.payload, std::size_t{1}) * setting.payload),
        memory_(capacity_) {}

  void open_sender() { memory_.touch(); }
  void open_receiver() {}

  void send(std::span<const std::byte> message) {
    std::memcpy(memory_.bytes().data() + at_, message.data(), message.size());
  }
  void receive(std::span<std::byte> message) {
    std::memcpy(message.data(), memory_.bytes().data() + at_, message.size());
    at_ += message.size();
    if (at_ == capacity_) at_ = 0;
  }

 private:
  std::size_t capacity_;
  Memory memory_;
  std::size_t at_ = 0;
};

}  // namespace

Transport bounce() {
  return transport<Bounce>(
      "bounced line", Group::limit, "a cache line for each direction, and nothing else",
      [](Kind kind, std::size_t payload) { return kind == Kind::trip && payload == sizeof(Word); });
}

Transport copies() {
  return transport<Copies>("memcpy in, memcpy out", Group::limit,
                           "two processes that copy at the same time, in pieces of up to 16 KiB",
                           can_all_but_sleep);
}

Transport copies_alone() {
  Transport alone =
      transport<CopiesAlone>("the same, one process", Group::limit, "no cache line leaves its core",
                             [](Kind kind, std::size_t) { return kind == Kind::rate; });
  alone.alone = true;
  return alone;
}

}  // namespace bench
