#include "bulletin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "common/ipc/system_error.h"

/*
 * Three places in turn, each with a number that is odd while it is written: 2n - 1, and 2n when
 * state n lies there. A reader is disturbed only by a writer who is two states ahead.
 */
namespace lab {

namespace {

struct Place {
  uint64_t number;
  uint64_t unused[7];
};

struct File {
  uint64_t magic;
  uint64_t size;
  uint64_t up;
  uint64_t unused[5];
  Place place[3];
  uint64_t words[1];
};

enum : uint64_t { our_magic = 0x33736563616c70, most = 65536 };

size_t length_of(size_t size) { return offsetof(File, words) + 3 * size; }

}  // namespace

struct BulletinWriter::Sheet : File {};
struct BulletinReader::Sheet : File {};

BulletinWriter::BulletinWriter(const std::string& path, size_t size) {
  struct stat status;
  const char* call = "open";
  bool bad = false;
  int error;
  void* memory;
  if (size < 8 || size > most || size % 8 != 0) throw std::invalid_argument("no size of a state");
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
  if (fd < 0) throw ipc::SystemError(call);
  mapped_ = length_of(size);
  call = "fstat";
  if (fstat(fd, &status) < 0) goto failed;
  bad = status.st_size != 0 && static_cast<size_t>(status.st_size) != mapped_;
  if (bad) goto failed;
  call = "posix_fallocate";
  do errno = posix_fallocate(fd, 0, static_cast<off_t>(mapped_));
  while (errno == EINTR);
  if (errno != 0) goto failed;
  call = "mmap";
  memory = mmap(NULL, mapped_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) goto failed;
  sheet_ = static_cast<Sheet*>(memory);
  if (__atomic_load_n(&sheet_->magic, __ATOMIC_ACQUIRE) == 0) {
    sheet_->size = size;
    __atomic_store_n(&sheet_->magic, our_magic, __ATOMIC_RELEASE);
  }
  bad = sheet_->magic != our_magic || sheet_->size != size;
  if (bad) munmap(memory, mapped_);
  if (bad) goto failed;
  ::close(fd);
  return;

failed:
  error = errno;
  ::close(fd);
  if (bad) throw std::invalid_argument("no bulletin of states of that size");
  throw ipc::SystemError(call, error);
}

BulletinWriter::~BulletinWriter() { munmap(sheet_, mapped_); }

void BulletinWriter::put_up(std::span<const std::byte> state) {
  const uint64_t count = __atomic_load_n(&sheet_->up, __ATOMIC_RELAXED) + 1;
  uint64_t* number = &sheet_->place[count % 3].number;
  uint64_t* words = sheet_->words + count % 3 * (state.size() / 8);
  __atomic_store_n(number, 2 * count - 1, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  for (size_t i = 0; i < state.size() / 8; i++) {
    uint64_t word;
    memcpy(&word, state.data() + 8 * i, 8);
    __atomic_store_n(words + i, word, __ATOMIC_RELAXED);
  }
  __atomic_store_n(number, 2 * count, __ATOMIC_RELEASE);
  __atomic_store_n(&sheet_->up, count, __ATOMIC_RELEASE);
}

BulletinReader::BulletinReader(const std::string& path) {
  struct stat status;
  const char* call = "fstat";
  bool bad = false;
  int error;
  void* memory;
  int fd = ::open(path.c_str(), O_RDONLY);
  if (fd < 0) throw ipc::SystemError("open");
  if (fstat(fd, &status) < 0) goto failed;
  mapped_ = static_cast<size_t>(status.st_size);
  bad = mapped_ < length_of(8);
  if (bad) goto failed;
  call = "mmap";
  memory = mmap(NULL, mapped_, PROT_READ, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) goto failed;
  sheet_ = static_cast<const Sheet*>(memory);
  bad = __atomic_load_n(&sheet_->magic, __ATOMIC_ACQUIRE) != our_magic || sheet_->size > most ||
        length_of(sheet_->size) != mapped_;
  if (bad) munmap(memory, mapped_);
  if (bad) goto failed;
  ::close(fd);
  return;

failed:
  error = errno;
  ::close(fd);
  if (bad) throw std::runtime_error("no bulletin");
  throw ipc::SystemError(call, error);
}

BulletinReader::~BulletinReader() { munmap(const_cast<Sheet*>(sheet_), mapped_); }

size_t BulletinReader::size() const { return sheet_->size; }

uint64_t BulletinReader::look(std::span<std::byte> state) const {
  for (;;) {
    const uint64_t count = __atomic_load_n(&sheet_->up, __ATOMIC_ACQUIRE);
    if (count == 0) return 0;
    const uint64_t* number = &sheet_->place[count % 3].number;
    const uint64_t* words = sheet_->words + count % 3 * (state.size() / 8);
    if (__atomic_load_n(number, __ATOMIC_ACQUIRE) != 2 * count) continue;
    for (size_t i = 0; i < state.size() / 8; i++) {
      const uint64_t word = __atomic_load_n(words + i, __ATOMIC_RELAXED);
      memcpy(state.data() + 8 * i, &word, 8);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (__atomic_load_n(number, __ATOMIC_RELAXED) == 2 * count) return count;
  }
}

}  // namespace lab
