#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <tuple>

/// From the ring that most people write first to that of solutions/04-shared-memory, a step at a
/// time, so that it can be measured what each step brings. All have the members of lab::Ring.
///
/// These positions are counts of bytes, and where one lies is a remainder; the last step, offsets
/// without a division, is lab::Ring itself.
namespace bench {

/// What the rungs have in common.
class RungBase {
 public:
  [[nodiscard]] std::size_t max_frame() const {
    return (capacity_ / 2 & ~std::size_t{7}) - header_size;
  }

 protected:
  using Header = std::uint64_t;
  static constexpr std::size_t header_size = sizeof(Header);

  struct Shared {
    alignas(64) std::atomic<std::uint64_t> published{0};  ///< the producer has come so far
    alignas(64) std::atomic<std::uint64_t> released{0};   ///< the consumer has come so far
    alignas(64) std::uint64_t capacity = 0;
  };

  static constexpr std::size_t room_for(std::size_t size) {
    return header_size + ((size + 7) & ~std::size_t{7});
  }

  template <class Rung>
  static Rung made(std::span<std::byte> memory) {
    auto* shared = new (memory.data()) Shared;
    shared->capacity = (memory.size() - sizeof(Shared)) & ~std::size_t{7};
    Rung rung = opened<Rung>(memory);
    rung.header(0).store(0, std::memory_order_relaxed);
    return rung;
  }
  template <class Rung>
  static Rung opened(std::span<std::byte> memory) {
    Rung rung;
    rung.shared_ = reinterpret_cast<Shared*>(memory.data());
    rung.capacity_ = rung.shared_->capacity;
    return rung;
  }

  std::byte* at(std::uint64_t position) {
    return reinterpret_cast<std::byte*>(shared_ + 1) + position % capacity_;
  }
  std::atomic_ref<Header> header(std::uint64_t position) {
    return std::atomic_ref<Header>(*reinterpret_cast<Header*>(at(position)));
  }
  // How much is left free before `position` so that a frame of this size lies in one piece.
  [[nodiscard]] std::size_t skipped(std::uint64_t position, std::size_t size) const {
    const std::size_t until_end = capacity_ - position % capacity_;
    return room_for(size) > until_end ? until_end : 0;
  }
  void refuse_what_never_fits(std::size_t size) const {
    if (size > max_frame()) throw std::length_error("the frame is longer than max_frame()");
  }

  Shared* shared_ = nullptr;
  std::size_t capacity_ = 0;
  std::uint64_t next_ = 0;
};

/// Two positions in shared memory, and with `copies` one's own copy of the other's, which is looked
/// at first.
template <bool copies>
class TwoPositions : public RungBase {
 public:
  static constexpr const char* name = copies ? "2 copies of positions" : "1 two positions";

  static TwoPositions create(std::span<std::byte> memory) { return made<TwoPositions>(memory); }
  static TwoPositions open(std::span<std::byte> memory) { return opened<TwoPositions>(memory); }

  std::optional<std::span<std::byte>> loan(std::size_t size) {
    refuse_what_never_fits(size);
    const std::uint64_t published = shared_->published.load(std::memory_order_relaxed);
    const std::size_t skip = skipped(published, size);
    next_ = published + skip + room_for(size);
    if (!copies || next_ - there_ > capacity_) {
      there_ = shared_->released.load(std::memory_order_acquire);
      if (next_ - there_ > capacity_) return std::nullopt;
    }
    if (skip > 0) write(published, no_more_before_the_end);
    write(published + skip, size);
    return std::span(at(published + skip) + header_size, size);
  }

  void publish() { shared_->published.store(next_, std::memory_order_release); }

  std::optional<std::span<const std::byte>> borrow() {
    std::uint64_t released = shared_->released.load(std::memory_order_relaxed);
    if (!copies || there_ == released) {
      there_ = shared_->published.load(std::memory_order_acquire);
      if (there_ == released) return std::nullopt;
    }
    Header size = read(released);
    if (size == no_more_before_the_end) {
      released += capacity_ - released % capacity_;
      size = read(released);
    }
    next_ = released + room_for(size);
    return std::span<const std::byte>(at(released) + header_size, size);
  }

  void release() { shared_->released.store(next_, std::memory_order_release); }

 private:
  friend class RungBase;
  static constexpr Header no_more_before_the_end = ~Header{0};

  void write(std::uint64_t position, Header value) {
    std::memcpy(at(position), &value, sizeof value);
  }
  Header read(std::uint64_t position) {
    Header value = 0;
    std::memcpy(&value, at(position), sizeof value);
    return value;
  }

  std::uint64_t there_ = 0;
};

/// Each frame's header says that it is published. With `now_and_then` the consumer tells of a
/// quarter of the memory at once, and not of each frame.
template <bool now_and_then>
class SayingHeader : public RungBase {
 public:
  static constexpr const char* name =
      now_and_then ? "4 tells now and then" : "3 the header says it";

  static SayingHeader create(std::span<std::byte> memory) { return made<SayingHeader>(memory); }
  static SayingHeader open(std::span<std::byte> memory) { return opened<SayingHeader>(memory); }

  std::optional<std::span<std::byte>> loan(std::size_t size) {
    refuse_what_never_fits(size);
    next_ = here_ + skipped(here_, size) + room_for(size);
    if (next_ + header_size - there_ > capacity_) {
      there_ = shared_->released.load(std::memory_order_acquire);
      if (next_ + header_size - there_ > capacity_) return std::nullopt;
    }
    size_ = size;
    return std::span(at(next_ - room_for(size)) + header_size, size);
  }

  void publish() {
    const std::uint64_t frame = next_ - room_for(size_);
    header(next_).store(nothing_yet, std::memory_order_relaxed);
    if (frame != here_) {
      header(frame).store(size_ + 1, std::memory_order_relaxed);
      header(here_).store(go_on_at_the_beginning, std::memory_order_release);
    } else {
      header(frame).store(size_ + 1, std::memory_order_release);
    }
    here_ = next_;
  }

  std::optional<std::span<const std::byte>> borrow() {
    Header said = header(here_).load(std::memory_order_acquire);
    if (said == nothing_yet) {
      if (there_ != here_) tell();
      return std::nullopt;
    }
    if (said == go_on_at_the_beginning) {
      here_ += capacity_ - here_ % capacity_;
      said = header(here_).load(std::memory_order_relaxed);
    }
    next_ = here_ + room_for(said - 1);
    return std::span<const std::byte>(at(here_) + header_size, said - 1);
  }

  void release() {
    here_ = next_;
    if (!now_and_then || here_ - there_ >= capacity_ / 4) tell();
  }

 private:
  friend class RungBase;
  static constexpr Header nothing_yet = 0;
  static constexpr Header go_on_at_the_beginning = ~Header{0};

  void tell() {
    shared_->released.store(here_, std::memory_order_release);
    there_ = here_;
  }

  std::uint64_t here_ = 0, there_ = 0;
  std::size_t size_ = 0;
};

/// In the order in which they are to be climbed.
using Rungs =
    std::tuple<TwoPositions<false>, TwoPositions<true>, SayingHeader<false>, SayingHeader<true>>;

}  // namespace bench
