#include "common/interleave/core/shadow.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <utility>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/memory.h"
#include "common/interleave/core/raw.h"

namespace interleave {

bool watches_private_memory = false;

namespace {

constexpr std::size_t page_size = 4096;

// The cells of private memory, a page of them for each page of memory. Private themselves.
struct PrivatePage {
  std::uint64_t number = 0;
  Cell* cells = nullptr;
};
constexpr std::size_t most_private_pages = 1 << 13;
PrivatePage private_pages[most_private_pages];
Cell* arena = nullptr;
std::size_t arena_used = 0;
constexpr std::size_t arena_cells = most_private_pages * page_size;

Cell* private_cells(std::uint64_t address, bool make) {
  const std::uint64_t number = address / page_size;
  for (std::uint64_t at = number * 0x9e3779b97f4a7c15ULL >> 51;; ++at) {
    PrivatePage& page = private_pages[at % most_private_pages];
    if (page.number == number) return page.cells + address % page_size;
    if (page.number != 0) continue;
    if (!make) return nullptr;
    if (arena == nullptr) {
      const long memory =
          raw::call(SYS_mmap, nullptr, arena_cells * sizeof(Cell), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory < 0) finish(Outcome::full, "memory for what private memory is watched with");
      arena = reinterpret_cast<Cell*>(memory);
      arena_used = 0;
    }
    if (arena_used + page_size > arena_cells * 3 / 4) {
      finish(Outcome::full, "private memory that threads share");
    }
    page.number = number;
    page.cells = arena + arena_used;
    arena_used += page_size;
    return page.cells + address % page_size;
  }
}

struct Access {
  std::uint64_t address;
  std::size_t size;
  bool writes, atomic;
  const void* pc;
  const Mapping* mapping;
  std::uint32_t path = nothing;

  std::uint16_t where() {
    if (path == nothing) path = path_to(pc);
    return static_cast<std::uint16_t>(path);
  }
};

[[noreturn]] void report_race(Access& access, Epoch other, std::uint16_t other_path,
                              bool other_writes, bool other_atomic, std::uint64_t byte) {
  Verdict& verdict = control->verdict;
  verdict.thread = self;
  verdict.other_thread = other.thread();
  verdict.path = access.where();
  verdict.other_path = other_path;
  const auto op = [](bool writes, bool atomic) {
    return atomic ? (writes ? Op::store : Op::load) : (writes ? Op::write : Op::read);
  };
  verdict.op = op(access.writes, access.atomic);
  verdict.other_op = op(other_writes, other_atomic);
  verdict.size = static_cast<std::uint8_t>(std::min<std::size_t>(access.size, 255));
  verdict.address = byte;
  verdict.private_memory = access.mapping == nullptr;
  if (access.mapping != nullptr) {
    verdict.region = access.mapping->region;
    verdict.offset = access.mapping->offset + (byte - access.mapping->begin);
  }
  finish(Outcome::race);
}

// Whether another thread touched the byte, and did not do so before what this one does now.
bool is_unordered(Epoch epoch, const Clock& clock) {
  return !epoch.is_nobody() && !epoch.before(clock);
}

void look_for_writer(const Cell& cell, Access& access, std::uint64_t byte) {
  const Mark write = cell.write;
  if (!is_unordered(write.epoch(), me().clock) || (access.atomic && write.is_atomic())) return;
  report_race(access, write.epoch(), cell.write_path, true, write.is_atomic(), byte);
}

void look_for_readers(const Cell& cell, Access& access, std::uint64_t byte) {
  const Clock& clock = me().clock;
  const Mark read = cell.read;
  if (access.atomic && read.is_atomic()) return;
  if (!read.is_shared()) {
    if (!is_unordered(read.epoch(), clock)) return;
    report_race(access, read.epoch(), cell.read_path, false, read.is_atomic(), byte);
  }
  const Sharers& sharers = control->sharer[cell.read_path % most_sharers];
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    if (!is_unordered(sharers.read[i], clock)) continue;
    report_race(access, sharers.read[i], sharers.path[i], false, false, byte);
  }
}

// The last readers of `cell` as a list, if there is one left; the number 0 is none.
std::uint32_t list_of_readers(const Cell& cell) {
  if (cell.read.is_shared()) return cell.read_path % most_sharers;
  if (control->sharers >= most_sharers) return 0;
  const std::uint32_t number = control->sharers++;
  Sharers& fresh = control->sharer[number];
  fresh = Sharers{};
  fresh.read[cell.read.epoch().thread()] = cell.read.epoch();
  fresh.path[cell.read.epoch().thread()] = cell.read_path;
  return number;
}

void note_read(Cell& cell, Access& access, Epoch now) {
  const Mark before = cell.read;
  if (before.epoch() == now) return;
  if (before.is_shared() || is_unordered(before.epoch(), me().clock)) {
    if (const std::uint32_t number = list_of_readers(cell); number != 0) {
      control->sharer[number].read[self] = now;
      control->sharer[number].path[self] = access.where();
      cell.read = Mark(now, access.atomic, true);
      cell.read_path = static_cast<std::uint16_t>(number);
      return;
    }
  }
  cell.read = Mark(now, access.atomic);
  cell.read_path = access.where();
}

void note_write(Cell& cell, Access& access, Epoch now) {
  // All that read it did so before this.
  if (cell.read.is_shared()) cell.read = Mark();
  if (cell.write == Mark(now, access.atomic)) return;
  cell.write = Mark(now, access.atomic);
  cell.write_path = access.where();
}

void look(Cell& cell, Access& access, Epoch now, std::uint64_t byte) {
  look_for_writer(cell, access, byte);
  if (!access.writes) return note_read(cell, access, now);
  look_for_readers(cell, access, byte);
  note_write(cell, access, now);
}

// The cell of a byte, if there is one already and the next `size` bytes have theirs behind it.
Cell* cells_at_hand(std::uint64_t address, std::size_t size, const Mapping* mapping) {
  if (mapping != nullptr) {
    if (address + size > mapping->end) return nullptr;
    return &control->cell[mapping->cells + (address - mapping->begin)];
  }
  if (address % page_size + size > page_size) return nullptr;
  return private_cells(address, false);
}

// Whether this thread did the same just before, with nothing in between that others could have
// noticed: then there is nothing new to know.
bool is_known(const Cell* cells, std::size_t size, bool writes) {
  const Mark now(Epoch(self, me().clock.at[self]), false);
  for (std::size_t i = 0; i < size; ++i) {
    if (writes ? cells[i].write != now || cells[i].read.is_shared() : cells[i].read != now) {
      return false;
    }
  }
  return true;
}

void look_at(Access& access) {
  const Inside engine;
  const Epoch now(self, me().clock.at[self]);
  std::uint64_t byte = access.address;
  for (std::size_t left = access.size; left > 0;) {
    access.mapping = mapping_of(byte);
    std::size_t piece = left;
    Cell* cells = nullptr;
    if (access.mapping != nullptr) {
      piece = std::min<std::size_t>(left, access.mapping->end - byte);
      const std::uint32_t index =
          access.mapping->cells + static_cast<std::uint32_t>(byte - access.mapping->begin);
      cells = &control->cell[index];
      for (std::size_t block = index / cells_in_block;
           block <= (index + piece - 1) / cells_in_block; ++block) {
        control->touched[block] = 1;
      }
    } else {
      piece = std::min<std::size_t>(left, page_size - byte % page_size);
      if (watches_private_memory) cells = private_cells(byte, true);
    }
    for (std::size_t i = 0; cells != nullptr && i < piece; ++i) {
      look(cells[i], access, now, byte + i);
    }
    byte += piece;
    left -= piece;
  }
}

}  // namespace

void plain_access(std::uint64_t address, std::size_t size, bool writes, const void* pc) {
  // A wild pointer into our own memory: from here on nothing that we say could be believed.
  const auto ours = reinterpret_cast<std::uint64_t>(control);
  if (writes && address < ours + sizeof(Control) && address + size > ours) {
    const Inside engine;
    control->verdict.thread = self;
    control->verdict.path = path_to(pc);
    finish(Outcome::spoiled,
           "the program writes over the memory in which the engine keeps its books.");
  }
  const Mapping* mapping = mapping_of(address);
  if (mapping == nullptr && !watches_private_memory) return;
  const bool may_kill = writes && is_victim();
  const Cell* cells = may_kill ? nullptr : cells_at_hand(address, size, mapping);
  if (cells != nullptr && is_known(cells, size, writes)) return;
  const Inside engine;
  Access access{address, size, writes, false, pc, mapping};
  if (may_kill && mapping != nullptr) {
    me().path = access.where();
    may_be_killed();
  }
  look_at(access);
}

void atomic_access(std::uint64_t address, std::size_t size, bool writes, const void* pc) {
  Access access{address, size, writes, true, pc, nullptr};
  look_at(access);
}

void forget(std::uint64_t address, std::size_t size) {
  for (std::uint64_t end = address + size; address < end;) {
    const std::size_t piece = std::min<std::size_t>(end - address, page_size - address % page_size);
    if (mapping_of(address) == nullptr && watches_private_memory) {
      if (Cell* cells = private_cells(address, false)) std::fill_n(cells, piece, Cell{});
    }
    address += piece;
  }
}

void forget_private_memory() {
  if (!std::exchange(watches_private_memory, false)) return;
  std::fill(std::begin(private_pages), std::end(private_pages), PrivatePage{});
  arena_used = 0;
  if (arena != nullptr) raw::call(SYS_munmap, arena, arena_cells * sizeof(Cell));
  arena = nullptr;
}

}  // namespace interleave
