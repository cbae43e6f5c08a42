#include "bulletin.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

namespace {

constexpr std::uint64_t places = 2;
constexpr std::uint64_t magic = 0x65636e6f6674;

// One place is up, and the other is for the next state. All is sequentially consistent: a word of
// the state after the next is seen only by who then sees that the next is up.
struct File {
  std::uint64_t magic;
  std::uint64_t size;
  std::uint64_t up;
  std::uint64_t unused[5];
  std::uint64_t words[1];

  [[nodiscard]] std::uint64_t* place(std::uint64_t count) const {
    return const_cast<std::uint64_t*>(words) + count % places * (size / 8);
  }
  [[nodiscard]] std::atomic_ref<std::uint64_t> newest() const {
    return std::atomic_ref(const_cast<std::uint64_t&>(up));
  }
};

std::size_t length_for(std::size_t size) { return 64 + places * size; }

// @returns how long the file is and, if it is a bulletin, where it is mapped.
File* map(const ipc::UniqueFd& fd, int protection, std::size_t& length) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw ipc::SystemError("fstat");
  length = static_cast<std::size_t>(status.st_size);
  if (length < length_for(8)) return nullptr;
  void* memory = ::mmap(nullptr, length, protection, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  auto* file = static_cast<File*>(memory);
  if (file->magic == magic && file->size <= 65536 && length_for(file->size) == length) return file;
  ::munmap(memory, length);
  return nullptr;
}

// Whole, and then under its name: nobody ever opens half a bulletin.
void make(const std::string& path, std::size_t size) {
  const std::string draft = path + ".draft";
  const ipc::UniqueFd fd(::open(draft.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) throw ipc::SystemError("open");
  const std::uint64_t head[] = {magic, size};
  int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(length_for(size)));
  if (error == 0 && ::pwrite(fd.get(), head, sizeof head, 0) != sizeof head) error = errno;
  if (error == 0 && ::rename(draft.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return;
  ::unlink(draft.c_str());
  throw ipc::SystemError("making a bulletin", error);
}

}  // namespace

struct BulletinWriter::Sheet : File {};
struct BulletinReader::Sheet : File {};

BulletinWriter::BulletinWriter(const std::string& path, std::size_t size) {
  if (size < 8 || size > 65536 || size % 8 != 0) throw std::invalid_argument("not such a size");
  if (::access(path.c_str(), F_OK) != 0) make(path, size);
  const ipc::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) throw ipc::SystemError("open");
  sheet_ = static_cast<Sheet*>(map(fd, PROT_READ | PROT_WRITE, mapped_));
  if (sheet_ != nullptr && sheet_->size == size) return;
  if (sheet_ != nullptr) ::munmap(sheet_, mapped_);
  throw std::invalid_argument(path + " holds something else");
}

BulletinWriter::~BulletinWriter() { ::munmap(sheet_, mapped_); }

void BulletinWriter::put_up(std::span<const std::byte> state) {
  const std::uint64_t count = sheet_->newest() + 1;
  std::uint64_t* words = sheet_->place(count);
  for (std::size_t i = 0; i < state.size() / 8; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, state.data() + 8 * i, 8);
    std::atomic_ref<std::uint64_t> shared(words[i]);
    shared = word;
  }
  sheet_->newest() = count;
}

BulletinReader::BulletinReader(const std::string& path) {
  const ipc::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw ipc::SystemError("open");
  sheet_ = static_cast<const Sheet*>(map(fd, PROT_READ, mapped_));
  if (sheet_ == nullptr) throw std::runtime_error(path + " is no bulletin");
}

BulletinReader::~BulletinReader() { ::munmap(const_cast<Sheet*>(sheet_), mapped_); }

std::size_t BulletinReader::size() const { return sheet_->size; }

std::uint64_t BulletinReader::look(std::span<std::byte> state) const {
  while (true) {
    const std::uint64_t count = sheet_->newest();
    if (count == 0) return 0;
    std::uint64_t copy[65536 / 8];
    for (std::size_t i = 0; i < state.size() / 8; ++i) {
      copy[i] = std::atomic_ref(sheet_->place(count)[i]);
    }
    // The place is written again only after the next one is up.
    if (sheet_->newest() != count) continue;
    std::memcpy(state.data(), copy, state.size());
    return count;
  }
}

}  // namespace lab
