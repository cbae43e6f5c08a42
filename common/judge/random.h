#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "common/judge/bytes.h"

namespace judge {

/// Numbers that look random and are the same on every machine for the same seed: the distributions
/// of the standard library are not.
/// @see Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators" (SplitMix64)
class Random {
 public:
  /// @param seed  what the person at the terminal chose.
  /// @param name  what the numbers are for, so that one check's do not depend on another's.
  Random(std::uint64_t seed, std::string_view name) : state_(seed) {
    for (const char c : name) state_ = next() ^ static_cast<unsigned char>(c);
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// A number from `low` to `high`, both included.
  std::size_t between(std::size_t low, std::size_t high) { return low + next() % (high - low + 1); }

  /// Puts `list` into an order like any other.
  template <class List>
  void shuffle(List& list) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[between(0, i - 1)]);
  }

  bool coin() { return (next() & 1) != 0; }

  Bytes bytes(std::size_t size) {
    Bytes result(size);
    for (std::size_t i = 0; i < size;) {
      std::uint64_t word = next();
      for (int k = 0; k < 8 && i < size; ++k, word >>= 8) {
        result[i++] = static_cast<std::byte>(word & 0xff);
      }
    }
    return result;
  }

  /// Lower-case letters and digits.
  std::string word(std::size_t size) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string result(size, ' ');
    for (char& c : result) c = letters[between(0, letters.size() - 1)];
    return result;
  }

 private:
  std::uint64_t state_;
};

}  // namespace judge
