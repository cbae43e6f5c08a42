#include "ring.h"

#include <atomic>
#include <new>
#include <stdexcept>

namespace lab {

namespace {

// A frame is a header of one word, and then its bytes; all of them begin at multiples of 8. The
// header says in one store what there is to say: how long the frame is, and that it is published.
using Header = std::uint64_t;
constexpr Header nothing_yet = 0;
constexpr Header go_on_at_the_beginning = ~Header{0};  // no frame fits before the end of the memory
constexpr Header header_of(std::size_t size) { return size + 1; }
constexpr std::size_t size_in(Header header) { return header - 1; }

constexpr std::size_t room_for(std::size_t size) {
  return sizeof(Header) + ((size + 7) & ~std::size_t{7});
}

}  // namespace

struct Ring::Shared {
  /// All bytes that the consumer has ever been done with; it never turns back. The producer knows
  /// by itself how many it has published, so the difference is what is inside.
  alignas(64) std::atomic<std::uint64_t> released{0};
  /// A cache line away from what the consumer writes.
  alignas(64) std::uint64_t capacity = 0;  ///< bytes for frames; a multiple of 8

  // Computed anew by each process: a pointer in the memory would be right in one of them.
  std::byte* at(std::size_t offset) { return reinterpret_cast<std::byte*>(this + 1) + offset; }

  std::atomic_ref<Header> header(std::size_t offset) {
    return std::atomic_ref<Header>(*reinterpret_cast<Header*>(at(offset)));
  }

  // Where to go on behind what ends at `offset`. (A remainder would be right, and slower: divisions
  // take as long as all else that a short frame costs.)
  [[nodiscard]] std::size_t behind(std::size_t offset) const {
    return offset == capacity ? 0 : offset;
  }

  /// Lets the producer know how far the consumer has come. Release: our reads of the frames come
  /// before the producer's writes to the same memory.
  /// @param told  what it knows already.
  void tell(std::uint64_t position, std::uint64_t& told) {
    if (told == position) return;
    released.store(position, std::memory_order_release);
    told = position;
  }
};

Ring Ring::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a ring");
  auto* shared = new (memory.data()) Shared;
  shared->capacity = (memory.size() - sizeof(Shared)) & ~std::size_t{7};
  shared->header(0).store(nothing_yet, std::memory_order_relaxed);
  return open(memory);
}

Ring Ring::open(std::span<std::byte> memory) {
  Ring ring;
  ring.shared_ = reinterpret_cast<Shared*>(memory.data());
  ring.capacity_ = ring.shared_->capacity;
  return ring;
}

// A frame lies in one piece. If it does not fit before the end it goes to the beginning; one of up
// to half of the memory fits on one side or the other, wherever an empty ring stands.
std::size_t Ring::max_frame() const { return (capacity_ / 2 & ~std::size_t{7}) - sizeof(Header); }

std::optional<std::span<std::byte>> Ring::loan(std::size_t size) {
  if (size > max_frame()) throw std::length_error("the frame is longer than max_frame()");
  const std::size_t until_end = capacity_ - offset_;
  const std::size_t skipped = room_for(size) > until_end ? until_end : 0;
  next_ = here_ + skipped + room_for(size);
  // The header after the frame has to have room as well: publish() writes it.
  const std::uint64_t end = next_ + sizeof(Header);
  // there_ is how far the consumer had come when we looked last: look again only if that is not
  // enough, because its cache line has to come from the other processor. Acquire: what the consumer
  // read of the old frames it has read before we write there.
  if (end - there_ > capacity_) {
    there_ = shared_->released.load(std::memory_order_acquire);
    if (end - there_ > capacity_) return std::nullopt;
  }
  size_ = size;
  return std::span(shared_->at(skipped == 0 ? offset_ : 0) + sizeof(Header), size);
}

void Ring::publish() {
  const bool skips = next_ - here_ > room_for(size_);
  const std::size_t frame = skips ? 0 : offset_;
  const std::size_t after = shared_->behind(frame + room_for(size_));
  // What lies where the next header will be is of an earlier lap, and the consumer will look there
  // as soon as it has this frame. So it has to be overwritten first.
  shared_->header(after).store(nothing_yet, std::memory_order_relaxed);
  // Release: who sees the header sees all that was written before, the frame among it. And it is in
  // the cache line in which the frame begins: so one line goes to the other processor, where a
  // position with a line of its own would make it two.
  if (skips) {
    shared_->header(frame).store(header_of(size_), std::memory_order_relaxed);
    shared_->header(offset_).store(go_on_at_the_beginning, std::memory_order_release);
  } else {
    shared_->header(frame).store(header_of(size_), std::memory_order_release);
  }
  here_ = next_;
  offset_ = after;
}

std::optional<std::span<const std::byte>> Ring::borrow() {
  Header header = shared_->header(offset_).load(std::memory_order_acquire);
  if (header == nothing_yet) {
    shared_->tell(here_, there_);  // at last: the producer may be waiting for this room
    return std::nullopt;
  }
  if (header == go_on_at_the_beginning) {
    here_ += capacity_ - offset_;
    offset_ = 0;
    header = shared_->header(offset_).load(std::memory_order_relaxed);  // published with the other
  }
  const std::size_t size = size_in(header);
  next_ = here_ + room_for(size);
  return std::span<const std::byte>(shared_->at(offset_) + sizeof(Header), size);
}

// The producer is told of a quarter of the memory at once, not of each frame: else the cache line
// of `released` would go to and fro all the time.
void Ring::release() {
  offset_ = shared_->behind(offset_ + (next_ - here_));
  here_ = next_;
  if (here_ - there_ >= capacity_ / 4) shared_->tell(here_, there_);
}

}  // namespace lab
