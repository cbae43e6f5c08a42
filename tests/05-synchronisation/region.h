#pragma once

#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

/// The memory that the roles of a scenario share.
namespace shared {

/// Makes memory that has a name, full of whatever `pattern` is: a file, of which all who map it
/// share the pages, as of one in /dev/shm. (A sandbox without namespaces has none of its own.)
inline void make_region(const std::string& name, std::size_t size, std::uint8_t pattern) {
  const ipc::UniqueFd file(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw ipc::SystemError("open");
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::vector<std::uint8_t> bytes((size + page - 1) / page * page, pattern);
  if (::pwrite(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw ipc::SystemError("pwrite");
  }
}

/// Maps such memory, somewhere else in each process: `gap` pages lie before it that nobody may
/// touch, and one behind it.
/// @returns where an object of `size` bytes lies whose end is that of the mapping, or up to 63
///          bytes before it: those bytes AddressSanitizer takes for poisoned.
inline void* map_region(const std::string& name, std::size_t size, std::size_t gap) {
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t mapped = (size + page - 1) / page * page;
  const ipc::UniqueFd file(::open(name.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) throw ipc::SystemError("open");
  void* all =
      ::mmap(nullptr, (gap + 1) * page + mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) throw ipc::SystemError("mmap");
  auto* begin = static_cast<std::byte*>(all) + gap * page;
  if (::mmap(begin, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file.get(), 0) ==
      MAP_FAILED) {
    throw ipc::SystemError("mmap");
  }
  constexpr std::size_t alignment = 64;
  std::byte* object = begin + (mapped - size) / alignment * alignment;
  ASAN_POISON_MEMORY_REGION(object + size,
                            static_cast<std::size_t>(begin + mapped - object) - size);
  return object;
}

}  // namespace shared
