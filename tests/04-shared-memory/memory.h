#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/ipc/system_error.h"
#include "common/judge/check.h"

/// Shared memory for roles, made without anything of part A: each part stands alone.
namespace memory {

/// What a judge tells each role that maps the same memory.
struct Place {
  std::string name;  ///< for shm_open(3)
  std::size_t size;  ///< bytes

  /// @param gap  pages that this role leaves free first, so that the memory lies somewhere else in
  ///             each of them.
  [[nodiscard]] judge::Cast told(judge::Cast cast, std::size_t gap) const {
    cast.give("memory", name);
    cast.give("size", std::to_string(size));
    cast.give("gap", std::to_string(gap));
    return cast;
  }
};

inline Place place(judge::Random& random, std::size_t size) {
  return {"/" + random.word(12), size};
}

/// Maps the memory, which is zero if this role is the first to do so.
template <class Me>
std::span<std::byte> map(Me& me) {
  constexpr std::size_t page = 4096;
  const auto size = static_cast<std::size_t>(me.number("size"));
  const int fd = ::shm_open(me.text("memory").c_str(), O_CREAT | O_RDWR, 0600);
  if (fd < 0) throw ipc::SystemError("shm_open");
  if (::ftruncate(fd, static_cast<off_t>(size)) < 0) throw ipc::SystemError("ftruncate");
  (void)::mmap(nullptr, page * static_cast<std::size_t>(1 + me.number("gap")), PROT_NONE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  return {static_cast<std::byte*>(memory), size};
}

/// "3,0,17" and back: sizes that a role is told.
inline std::string listed(const std::vector<std::size_t>& sizes) {
  std::string text;
  for (const std::size_t size : sizes) text += std::to_string(size) + ",";
  return text;
}

inline std::vector<std::size_t> sizes_in(std::string_view text) {
  std::vector<std::size_t> sizes;
  std::size_t number = 0;
  for (const char c : text) {
    if (c != ',') {
      number = number * 10 + static_cast<std::size_t>(c - '0');
    } else {
      sizes.push_back(number);
      number = 0;
    }
  }
  return sizes;
}

/// The number that a role has reported, if it is one; else 0.
inline std::size_t number_in(const std::string& text) {
  std::size_t number = 0;
  for (const char c : text.substr(0, 18)) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return number;
}

/// The pieces of `bytes` that have these sizes, one behind the other.
inline std::vector<std::span<const std::byte>> pieces(std::span<const std::byte> bytes,
                                                      const std::vector<std::size_t>& sizes) {
  std::vector<std::span<const std::byte>> all;
  for (const std::size_t size : sizes) {
    all.push_back(bytes.first(size));
    bytes = bytes.subspan(size);
  }
  return all;
}

}  // namespace memory
