#pragma once

#include <cstddef>
#include <cstdint>

#include "common/interleave/core/control.h"

/// What is mapped where in this process, and which of it others have mapped as well.
namespace interleave {

/// A piece of this process' memory that it shares with others.
struct Mapping {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t space = 0;   ///< what is mapped: the same in every process
  std::uint64_t offset = 0;  ///< of `begin` in it
  std::uint32_t cells = 0;   ///< index of the first byte's cell in the control segment
  std::uint32_t region = 0;
};

/// To be called when [begin, begin + size) has been mapped MAP_SHARED.
/// @param space  what it is; 0: anonymous memory, new.
void mapped(void* begin, std::size_t size, std::uint64_t space, std::uint64_t offset,
            const char* name);
/// To be called when [begin, begin + size) has been unmapped, or mapped over.
void unmapped(void* begin, std::size_t size);

/// The shared piece that `address` lies in; null if it is private.
const Mapping* mapping_of(std::uint64_t address);

/// Whether the key is of memory that one process has for itself.
bool is_private(const Key& key);

/// The address as every process of the run can name it.
Key key_of(const volatile void* address);

/// A program's file, as a space.
std::uint64_t space_of_file(std::uint64_t device, std::uint64_t inode);

}  // namespace interleave
