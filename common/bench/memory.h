#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <span>

#include "common/ipc/system_error.h"

namespace bench {

/// Memory that this process shares with those that it forks.
class Memory {
 public:
  explicit Memory(std::size_t size) : size_(size) {
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
    begin_ = static_cast<std::byte*>(memory);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { ::munmap(begin_, size_); }

  [[nodiscard]] std::span<std::byte> bytes() const { return {begin_, size_}; }

  /// Has this process meet all pages now, and not in the middle of a measurement.
  void touch() const {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    for (std::size_t at = 0; at < size_; at += page) {
      static_cast<void>(*const_cast<volatile std::byte*>(begin_ + at));
    }
  }

 private:
  std::byte* begin_ = nullptr;
  std::size_t size_;
};

}  // namespace bench
