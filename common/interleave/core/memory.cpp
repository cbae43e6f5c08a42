#include "common/interleave/core/memory.h"

#include <algorithm>
#include <cstring>

#include "common/interleave/core/engine.h"

namespace interleave {

namespace {

// Copied by fork, as the mappings themselves are.
Mapping mappings[most_regions];
std::size_t count = 0;
std::uint64_t lowest = ~0ULL, highest = 0;

void find_bounds() {
  lowest = ~0ULL;
  highest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    lowest = std::min(lowest, mappings[i].begin);
    highest = std::max(highest, mappings[i].end);
  }
}

void add(const Mapping& mapping) {
  if (mapping.begin >= mapping.end) return;
  if (count >= most_regions) finish(Outcome::full, "shared mappings");
  mappings[count++] = mapping;
  find_bounds();
}

constexpr std::uint64_t first_anonymous_space = 1ULL << 32;

// The region of the space that holds `offset`; null if nobody has mapped that before.
Region* region_with(std::uint64_t space, std::uint64_t offset) {
  for (std::uint32_t i = 0; i < control->regions; ++i) {
    Region& region = control->region[i];
    if (region.space == space && offset >= region.first && offset - region.first < region.size) {
      return &region;
    }
  }
  return nullptr;
}

// Where the next region of the space begins behind `offset`; `end` if there is none before that.
std::uint64_t next_region(std::uint64_t space, std::uint64_t offset, std::uint64_t end) {
  for (std::uint32_t i = 0; i < control->regions; ++i) {
    const Region& region = control->region[i];
    if (region.space == space && region.first > offset) end = std::min(end, region.first);
  }
  return end;
}

}  // namespace

void mapped(void* begin, std::size_t size, std::uint64_t space, std::uint64_t offset,
            const char* name) {
  unmapped(begin, size);
  if (space == 0) space = first_anonymous_space + control->anonymous++;
  const auto start = reinterpret_cast<std::uint64_t>(begin);
  const std::uint64_t end = offset + (size + 4095) / 4096 * 4096;
  // In pieces, because others may have mapped a part of it before.
  for (std::uint64_t at = offset; at < end;) {
    Region* region = region_with(space, at);
    if (region == nullptr) {
      if (control->regions >= most_regions) finish(Outcome::full, "shared regions");
      const std::uint64_t until = next_region(space, at, end);
      if (control->cells + (until - at) > most_shared_bytes) {
        finish(Outcome::full, "bytes of shared memory");
      }
      region = &control->region[control->regions++];
      *region = Region{};
      region->space = space;
      region->first = at;
      region->size = until - at;
      region->shadow = control->cells;
      std::strncpy(region->name, name, sizeof region->name - 1);
      control->cells += static_cast<std::uint32_t>(until - at);
    }
    const std::uint64_t until = std::min(end, region->first + region->size);
    Mapping piece;
    piece.begin = start + (at - offset);
    piece.end = start + (until - offset);
    piece.space = space;
    piece.offset = at;
    piece.cells = region->shadow + static_cast<std::uint32_t>(at - region->first);
    piece.region = static_cast<std::uint32_t>(region - control->region);
    add(piece);
    at = until;
  }
}

void unmapped(void* begin, std::size_t size) {
  const auto from = reinterpret_cast<std::uint64_t>(begin);
  const std::uint64_t to = from + (size + 4095) / 4096 * 4096;
  for (std::size_t i = 0; i < count;) {
    Mapping& mapping = mappings[i];
    if (mapping.end <= from || mapping.begin >= to) {
      ++i;
      continue;
    }
    const Mapping whole = mapping;
    mapping = mappings[--count];
    Mapping before = whole, after = whole;
    before.end = from;
    after.begin = to;
    after.offset += to - whole.begin;
    after.cells += static_cast<std::uint32_t>(to - whole.begin);
    if (whole.begin < from) add(before);
    if (whole.end > to) add(after);
    i = 0;
  }
  find_bounds();
}

const Mapping* mapping_of(std::uint64_t address) {
  if (address < lowest || address >= highest) return nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    if (address >= mappings[i].begin && address < mappings[i].end) return &mappings[i];
  }
  return nullptr;
}

Key key_of(const volatile void* address) {
  const auto number = reinterpret_cast<std::uint64_t>(address);
  if (const Mapping* mapping = mapping_of(number)) {
    return {mapping->space, mapping->offset + (number - mapping->begin)};
  }
  return {first_private_space + me().process, number};
}

bool is_private(const Key& key) { return is_private_space(key.space); }

std::uint64_t space_of_file(std::uint64_t device, std::uint64_t inode) {
  return (1ULL << 62) | (device << 40 ^ inode);
}

std::uint32_t object_at(const volatile void* address, Kind kind) {
  return object_of(key_of(address), kind);
}

}  // namespace interleave
