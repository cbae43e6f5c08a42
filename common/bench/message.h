#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>

/// What is in a message that is measured. A transport that loses, doubles or garbles is found out.
///
/// The first eight bytes are the message's number, which is looked at in every message. The others
/// follow from the number and their place; they are written and looked at before and after each
/// measurement, and stay as they are within it.
namespace bench {

class Garbled : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Word = std::uint64_t;

inline constexpr Word word_of(Word number, std::size_t place) {
  return number + place * 0x9e3779b97f4a7c15;
}

/// Writes the number alone.
inline void stamp(std::span<std::byte> message, Word number) {
  std::memcpy(message.data(), &number, sizeof number);
}

[[noreturn]] inline void garbled(Word number, std::size_t place, Word found, Word expected) {
  throw Garbled("message " + std::to_string(number) + " came out garbled: at byte " +
                std::to_string(place * sizeof(Word)) + " there is " + std::to_string(found) +
                " where " + std::to_string(expected) + " was sent");
}

/// @throws Garbled  if it is another message.
inline void expect_stamp(std::span<const std::byte> message, Word number) {
  Word found = 0;
  std::memcpy(&found, message.data(), sizeof found);
  if (found != number) [[unlikely]]
    garbled(number, 0, found, number);
}

/// Writes all of a message, whose size is a multiple of eight.
inline void fill(std::span<std::byte> message, Word number) {
  for (std::size_t place = 0; place * sizeof(Word) < message.size(); ++place) {
    const Word word = word_of(number, place);
    std::memcpy(message.data() + place * sizeof word, &word, sizeof word);
  }
}

/// @throws Garbled  at the first byte that is not what fill() wrote.
inline void expect_all(std::span<const std::byte> message, Word number) {
  for (std::size_t place = 0; place * sizeof(Word) < message.size(); ++place) {
    Word found = 0;
    std::memcpy(&found, message.data() + place * sizeof found, sizeof found);
    if (const Word word = word_of(number, place); found != word)
      garbled(number, place, found, word);
  }
}

/// The compiler has to believe that somebody reads and writes these bytes here.
inline void keep(std::span<const std::byte> message) {
  asm volatile("" : : "r"(message.data()) : "memory");
}

}  // namespace bench
