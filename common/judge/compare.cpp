#include "common/judge/compare.h"

#include <algorithm>

namespace judge {

namespace {

std::string count(std::size_t n) { return std::to_string(n) + (n == 1 ? " byte" : " bytes"); }

}  // namespace

std::string difference(std::span<const std::byte> expected, std::span<const std::byte> arrived) {
  const std::size_t common = std::min(expected.size(), arrived.size());
  const auto at = static_cast<std::size_t>(
      std::mismatch(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(common),
                    arrived.begin())
          .first -
      expected.begin());
  if (at == common && expected.size() == arrived.size()) return {};
  std::string text = "Of " + count(expected.size()) + ", " + count(arrived.size()) + " arrived";
  if (at == common) {
    if (arrived.size() < expected.size()) return text + ": the end is missing.";
    return text + ": there is more behind the end.";
  }
  if (arrived.size() == expected.size()) text = "All " + count(expected.size()) + " arrived";
  text += ", and from byte " + std::to_string(at) + " on they are not the ones that were sent.";
  // Bytes sent a second time are a typical mistake, and easy to recognise.
  for (std::size_t back = 1; back <= at; ++back) {
    const std::size_t length = std::min<std::size_t>(16, std::min(back, arrived.size() - at));
    if (length >= 8 && std::equal(arrived.begin() + static_cast<std::ptrdiff_t>(at),
                                  arrived.begin() + static_cast<std::ptrdiff_t>(at + length),
                                  expected.begin() + static_cast<std::ptrdiff_t>(at - back))) {
      return text + " What comes there are the bytes from " + std::to_string(at - back) +
             " on, a second time.";
    }
  }
  return text;
}

std::string joined(std::vector<std::string> words) {
  constexpr std::size_t most = 4;
  if (words.size() > most + 1) {
    words[most] = std::to_string(words.size() - most) + " more";
    words.resize(most + 1);
  }
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  }
  return text;
}

}  // namespace judge
