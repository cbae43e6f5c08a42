#include "bulletin.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

namespace {

using Word = std::atomic<std::uint64_t>;

// Half of each word is a half word of a state, and half of it that state's number: if all of them
// have the number of the one that is up, it is that one, and no fence is needed to know. There are
// two places; the one that is up is not written.
struct Board {
  std::uint64_t magic_of_board;
  std::uint64_t size;
  Word up;
  Word words[1];

  [[nodiscard]] const Word* place(std::uint64_t count) const {
    return words + (count & 1) * (size / 4);
  }
};
constexpr std::uint64_t magic = 0x6472616f62;
constexpr std::size_t length_for(std::size_t size) { return 24 + 4 * size; }

}  // namespace

struct BulletinWriter::Sheet : Board {};
struct BulletinReader::Sheet : Board {};

BulletinWriter::BulletinWriter(const std::string& path, std::size_t size)
    : mapped_(length_for(size)) {
  if (size % 8 != 0 || size < 8 || size > 65536) throw std::invalid_argument("size of a state");
  const ipc::UniqueFd fd(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) throw ipc::SystemError("open");
  const off_t end = ::lseek(fd.get(), 0, SEEK_END);
  if (end > 0 && static_cast<std::size_t>(end) != mapped_) throw std::invalid_argument("size");
  if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(mapped_)); error != 0) {
    throw ipc::SystemError("posix_fallocate", error);
  }
  void* memory = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  sheet_ = static_cast<Sheet*>(memory);
  std::atomic_ref<std::uint64_t> mark(sheet_->magic_of_board);
  if (mark == 0) {
    sheet_->size = size;
    mark = magic;
  }
  if (mark == magic && sheet_->size == size) return;
  ::munmap(memory, mapped_);
  throw std::invalid_argument("no bulletin of states of that size");
}

BulletinWriter::~BulletinWriter() { ::munmap(sheet_, mapped_); }

void BulletinWriter::put_up(std::span<const std::byte> state) {
  const std::uint64_t count = sheet_->up.load(std::memory_order_relaxed) + 1;
  Word* word = const_cast<Word*>(sheet_->place(count));
  for (std::size_t i = 0; i < state.size(); i += 4, ++word) {
    std::uint32_t half = 0;
    std::memcpy(&half, &state[i], sizeof half);
    word->store(count << 32 | half, std::memory_order_relaxed);
  }
  sheet_->up.store(count, std::memory_order_release);
}

BulletinReader::BulletinReader(const std::string& path) {
  const ipc::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw ipc::SystemError("open");
  const off_t end = ::lseek(fd.get(), 0, SEEK_END);
  if (end < static_cast<off_t>(length_for(8))) throw std::runtime_error("no bulletin");
  mapped_ = static_cast<std::size_t>(end);
  void* memory = ::mmap(nullptr, mapped_, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  auto* sheet = static_cast<Sheet*>(memory);
  sheet_ = sheet;
  if (std::atomic_ref(sheet->magic_of_board).load() == magic && sheet->size <= 65536 &&
      length_for(sheet->size) == mapped_) {
    return;
  }
  ::munmap(memory, mapped_);
  throw std::runtime_error("no bulletin");
}

BulletinReader::~BulletinReader() { ::munmap(const_cast<Sheet*>(sheet_), mapped_); }

std::size_t BulletinReader::size() const { return sheet_->size; }

std::uint64_t BulletinReader::look(std::span<std::byte> state) const {
  while (const std::uint64_t count = sheet_->up.load(std::memory_order_acquire)) {
    const Word* word = sheet_->place(count);
    std::size_t i = 0;
    for (; i < state.size(); i += 4, ++word) {
      const std::uint64_t both = word->load(std::memory_order_relaxed);
      if (both >> 32 != (count & 0xffffffff)) break;
      const auto half = static_cast<std::uint32_t>(both);
      std::memcpy(&state[i], &half, sizeof half);
    }
    if (i == state.size()) return count;
  }
  return 0;
}

}  // namespace lab
