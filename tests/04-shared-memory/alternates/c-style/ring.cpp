#include "ring.h"

#include <stdexcept>

/*
 * Every frame begins with a word: 0 as long as it is not published, else its length and one more.
 * Behind the last published frame there is always such a 0. The consumer looks there and nowhere
 * else; what it has released it tells the producer only now and then, and when it finds nothing.
 */
namespace lab {

enum : uint64_t { word_size = 8, not_published = 0, go_to_the_beginning = UINT64_MAX };

struct Ring::Shared {
  uint64_t capacity; /* bytes of frames */
  uint64_t unused[7];
  uint64_t released; /* position of the consumer, as far as told */
  uint64_t more_unused[7];
  uint64_t words[1];
};

static uint64_t round_up(uint64_t size) { return (size + word_size - 1) / word_size * word_size; }

Ring Ring::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a ring");
  Ring ring;
  Shared* s = reinterpret_cast<Shared*>(memory.data());
  s->capacity = (memory.size() - 16 * word_size) / word_size * word_size;
  s->released = 0;
  s->words[0] = not_published;
  ring.shared_ = s;
  ring.capacity_ = s->capacity;
  return ring;
}

Ring Ring::open(std::span<std::byte> memory) {
  Ring ring;
  ring.shared_ = reinterpret_cast<Shared*>(memory.data());
  ring.capacity_ = ring.shared_->capacity;
  return ring;
}

/* A word before it, a word behind it, on one side of wherever an empty ring stands. */
size_t Ring::max_frame() const { return (capacity_ / 2 - 2 * word_size) / word_size * word_size; }

/* Producer: here_ is its position, there_ what it knows of the consumer's, next_ where the frame
   begins that is lent. Its word has the length, and the lowest bit says that it is published. */
std::optional<std::span<std::byte>> Ring::loan(size_t size) {
  if (size > max_frame()) throw std::length_error("the frame is longer than max_frame()");
  const uint64_t needed = word_size + round_up(size);
  const uint64_t to_end = capacity_ - here_ % capacity_;
  const uint64_t begin = needed <= to_end ? here_ : here_ + to_end;
  if (begin + needed + word_size - there_ > capacity_) {
    there_ = __atomic_load_n(&shared_->released, __ATOMIC_ACQUIRE);
    if (begin + needed + word_size - there_ > capacity_) return std::nullopt;
  }
  next_ = begin;
  uint64_t* word = &shared_->words[begin % capacity_ / word_size];
  __atomic_store_n(word, size << 1, __ATOMIC_RELAXED);
  return std::span<std::byte>(reinterpret_cast<std::byte*>(word + 1), size);
}

void Ring::publish() {
  uint64_t* words = shared_->words;
  uint64_t* word = &words[next_ % capacity_ / word_size];
  const uint64_t size = __atomic_load_n(word, __ATOMIC_RELAXED) >> 1;
  const uint64_t end = next_ + word_size + round_up(size);
  __atomic_store_n(&words[end % capacity_ / word_size], not_published, __ATOMIC_RELAXED);
  __atomic_store_n(word, size << 1 | 1, __ATOMIC_RELEASE);
  if (next_ != here_)
    __atomic_store_n(&words[here_ % capacity_ / word_size], go_to_the_beginning, __ATOMIC_RELEASE);
  here_ = end;
}

/* Consumer: here_ is its position, there_ what it has told of it, next_ where the next frame is. */
std::optional<std::span<const std::byte>> Ring::borrow() {
  uint64_t* words = shared_->words;
  uint64_t begin = here_;
  uint64_t word = __atomic_load_n(&words[begin % capacity_ / word_size], __ATOMIC_ACQUIRE);
  if (word == go_to_the_beginning) {
    begin += capacity_ - begin % capacity_;
    word = __atomic_load_n(&words[0], __ATOMIC_ACQUIRE);
  }
  if ((word & 1) == 0) {
    if (there_ != here_) __atomic_store_n(&shared_->released, here_, __ATOMIC_RELEASE);
    there_ = here_;
    return std::nullopt;
  }
  next_ = begin + word_size + round_up(word >> 1);
  return std::span(reinterpret_cast<const std::byte*>(&words[begin % capacity_ / word_size + 1]),
                   word >> 1);
}

void Ring::release() {
  here_ = next_;
  if (here_ - there_ < capacity_ / 8) return;
  __atomic_store_n(&shared_->released, here_, __ATOMIC_RELEASE);
  there_ = here_;
}

}  // namespace lab
