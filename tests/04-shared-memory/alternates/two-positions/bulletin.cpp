#include "bulletin.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

namespace {

using Word = std::atomic<std::uint64_t>;
constexpr std::uint64_t magic = 0x6e6974656c6c7562;
constexpr std::size_t largest_state = 65536;

// What lies in the file. The states take turns in two places: one is up, and the other is being
// written. So whatever becomes of the writer, one of the two is whole.
struct Layout {
  Word magic;
  std::uint64_t size;         // of a state, bytes
  alignas(64) Word up;        // how many were put up; the newest lies in place up % 2
  alignas(64) Word of[2];     // which one lies in each place; being_written while it is
  alignas(64) Word words[1];  // of the first place, and then those of the second
};
constexpr std::uint64_t being_written = ~std::uint64_t{0};

std::size_t length_for(std::size_t size) { return offsetof(Layout, words) + 2 * size; }

// Of atomic words: who reads while somebody writes must not read plain memory, or the program has
// no meaning in C++. Relaxed ones cost what plain ones do.
const Word* place(const Layout* sheet, std::uint64_t count) {
  return sheet->words + count % 2 * (sheet->size / sizeof(Word));
}

std::size_t length_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) < 0) throw ipc::SystemError("fstat");
  return static_cast<std::size_t>(status.st_size);
}

void* map(int fd, std::size_t length, int protection) {
  void* memory = ::mmap(nullptr, length, protection, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  return memory;
}

}  // namespace

struct BulletinWriter::Sheet : Layout {};
struct BulletinReader::Sheet : Layout {};

BulletinWriter::BulletinWriter(const std::string& path, std::size_t size) {
  if (size == 0 || size % sizeof(Word) != 0 || size > largest_state) {
    throw std::invalid_argument("a state has 8 to 65536 bytes, a multiple of 8");
  }
  const ipc::UniqueFd fd(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) throw ipc::SystemError("open");
  const std::size_t length = length_of(fd.get());
  if (length != 0 && length != length_for(size)) {
    throw std::invalid_argument(path + " is no bulletin of states of that size");
  }
  // Real memory, and not only a length: no SIGBUS later if the disk is full.
  int error = 0;
  do {
    error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(length_for(size)));
  } while (error == EINTR);
  if (error != 0) throw ipc::SystemError("posix_fallocate", error);
  sheet_ = static_cast<Sheet*>(map(fd.get(), length_for(size), PROT_READ | PROT_WRITE));
  mapped_ = length_for(size);

  const std::uint64_t found = sheet_->magic.load(std::memory_order_acquire);
  const bool is_ours = found == magic && sheet_->size == size;
  if (found != 0 && !is_ours) {
    ::munmap(sheet_, mapped_);
    throw std::invalid_argument(path + " is no bulletin of states of that size");
  }
  if (is_ours) return;
  // New, or its writer was killed before it got as far as the last line here.
  sheet_->size = size;
  sheet_->up.store(0, std::memory_order_relaxed);
  sheet_->magic.store(magic, std::memory_order_release);
}

BulletinWriter::~BulletinWriter() { ::munmap(sheet_, mapped_); }

void BulletinWriter::put_up(std::span<const std::byte> state) {
  const std::uint64_t count = sheet_->up.load(std::memory_order_relaxed) + 1;
  Word& of = sheet_->of[count % 2];
  // First: this place is not to be relied on any more. The fence keeps the words behind it: who
  // sees one of them sees this, too.
  of.store(being_written, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  Word* words = const_cast<Word*>(place(sheet_, count));
  for (std::size_t i = 0; i < state.size() / sizeof(Word); ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, state.data() + i * sizeof word, sizeof word);
    words[i].store(word, std::memory_order_relaxed);
  }
  of.store(count, std::memory_order_release);
  // Last: it is up. Killed before this line, we leave the state before; after it, this one.
  sheet_->up.store(count, std::memory_order_release);
}

BulletinReader::BulletinReader(const std::string& path) {
  const ipc::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw ipc::SystemError("open");
  mapped_ = length_of(fd.get());
  if (mapped_ < length_for(sizeof(Word))) throw std::runtime_error(path + " is no bulletin yet");
  sheet_ = static_cast<const Sheet*>(map(fd.get(), mapped_, PROT_READ));
  if (sheet_->magic.load(std::memory_order_acquire) != magic || sheet_->size > largest_state ||
      mapped_ != length_for(sheet_->size)) {
    ::munmap(const_cast<Sheet*>(sheet_), mapped_);
    throw std::runtime_error(path + " is no bulletin");
  }
}

BulletinReader::~BulletinReader() { ::munmap(const_cast<Sheet*>(sheet_), mapped_); }

std::size_t BulletinReader::size() const { return sheet_->size; }

std::uint64_t BulletinReader::look(std::span<std::byte> state) const {
  while (true) {
    const std::uint64_t count = sheet_->up.load(std::memory_order_acquire);
    if (count == 0) return 0;
    const Word& of = sheet_->of[count % 2];
    // The writer needs this place again only for the state after the next. If it is as far as that,
    // there is a newer one to look at.
    if (of.load(std::memory_order_acquire) != count) continue;
    std::uint64_t copy[largest_state / sizeof(Word)];
    const Word* words = place(sheet_, count);
    const std::size_t length = sheet_->size / sizeof(Word);
    for (std::size_t i = 0; i < length; ++i) copy[i] = words[i].load(std::memory_order_relaxed);
    // If one of those words was already of a later state, then we see here that it was being
    // written: the fence is the other half of the writer's.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (of.load(std::memory_order_relaxed) != count) continue;
    std::memcpy(state.data(), copy, sheet_->size);
    return count;
  }
}

}  // namespace lab
