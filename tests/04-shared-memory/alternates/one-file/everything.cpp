#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "bulletin.h"
#include "channel.h"
#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"
#include "ring.h"
#include "shared_region.h"

namespace lab {

SharedRegion SharedRegion::create(const std::string& name, size_t size) {
  SharedRegion region;
  RegionHeader* header;
  const size_t length = size + sizeof(RegionHeader);
  const char* call = "shm_open";
  int error;
  void* memory = MAP_FAILED;
  int fd = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
  if (fd < 0) throw ipc::SystemError(call);

  call = "ftruncate";
  if (ftruncate(fd, static_cast<off_t>(length)) < 0) goto failed;
  call = "fallocate";
  while (fallocate(fd, 0, 0, static_cast<off_t>(length)) < 0)
    if (errno != EINTR) goto failed;
  call = "mmap";
  memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) goto failed;
  close(fd);

  header = static_cast<RegionHeader*>(memory);
  header->size = size;
  header->version = RegionHeader::our_version;
  __atomic_store_n(&header->magic, RegionHeader::our_magic, __ATOMIC_RELEASE);
  region.memory_ = memory;
  region.mapped_ = length;
  region.created_name_ = name;
  return region;

failed:
  error = errno;
  close(fd);
  shm_unlink(name.c_str());
  throw ipc::SystemError(call, error);
}

// Reads the header like any file, and maps nothing before it is known to be good.
SharedRegion SharedRegion::open(const std::string& name) {
  SharedRegion region;
  RegionHeader header = {};
  struct stat status;
  const char* call = "shm_open";
  const char* bad = NULL;
  BadRegion::Why why = BadRegion::Why::not_ready;
  int error;
  ssize_t n;
  void* memory;
  int fd = shm_open(name.c_str(), O_RDWR, 0);
  if (fd < 0) throw ipc::SystemError(call);

  call = "pread";
  n = pread(fd, &header, sizeof header, 0);
  if (n < 0) goto failed;
  call = "fstat";
  if (fstat(fd, &status) < 0) goto failed;
  if (n == 0) {
    bad = "it is empty";
  } else if (n < static_cast<ssize_t>(sizeof header)) {
    why = BadRegion::Why::too_short;
    bad = "it is shorter than a header";
  } else if (header.magic == 0) {
    bad = "its header is not written yet";
  } else if (header.magic != RegionHeader::our_magic) {
    why = BadRegion::Why::not_a_region;
    bad = "it begins with something else";
  }
  if (bad != NULL) goto failed;

  // The magic number is there. But pread(2) copies in no order that anybody promises, so that the
  // rest is read once more, behind an acquire.
  call = "mmap";
  memory = mmap(NULL, sizeof header, PROT_READ, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) goto failed;
  if (__atomic_load_n(&static_cast<RegionHeader*>(memory)->magic, __ATOMIC_ACQUIRE) ==
      RegionHeader::our_magic) {
    header.version = static_cast<RegionHeader*>(memory)->version;
    header.size = static_cast<RegionHeader*>(memory)->size;
    if (header.version != RegionHeader::our_version) {
      why = BadRegion::Why::other_version;
      bad = "it is of another version";
    } else if (header.size > static_cast<uint64_t>(status.st_size) - sizeof header) {
      why = BadRegion::Why::too_short;
      bad = "it ends too early";
    }
  } else {
    bad = "its header is being written";
  }
  munmap(memory, sizeof header);
  if (bad != NULL) goto failed;

  region.mapped_ = sizeof header + header.size;
  memory = mmap(NULL, region.mapped_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) goto failed;
  region.memory_ = memory;
  close(fd);
  return region;

failed:
  error = errno;
  close(fd);
  if (bad != NULL) throw BadRegion(why, name + ": " + bad);
  throw ipc::SystemError(call, error);
}

void SharedRegion::remove(const std::string& name) {
  if (shm_unlink(name.c_str()) == 0 || errno == ENOENT) return;
  throw ipc::SystemError("shm_unlink");
}

SharedRegion::SharedRegion(SharedRegion&& other) noexcept { *this = std::move(other); }

SharedRegion& SharedRegion::operator=(SharedRegion&& other) noexcept {
  if (this == &other) return *this;
  this->~SharedRegion();
  new (this) SharedRegion();
  memory_ = other.memory_;
  mapped_ = other.mapped_;
  created_name_ = other.created_name_;
  other.memory_ = NULL;
  other.created_name_.clear();
  return *this;
}

SharedRegion::~SharedRegion() {
  if (memory_ != NULL) munmap(memory_, mapped_);
  if (!created_name_.empty()) shm_unlink(created_name_.c_str());
}

std::span<std::byte> SharedRegion::bytes() const {
  return {static_cast<std::byte*>(memory_) + sizeof(RegionHeader), mapped_ - sizeof(RegionHeader)};
}

namespace {

struct Descriptor {
  std::uint32_t offset, size;
  // No two frames begin at the same place, not even empty ones.
  [[nodiscard]] std::uint64_t end() const {
    return offset + std::max<std::uint64_t>(8, (std::uint64_t{size} + 7) / 8 * 8);
  }
};

}  // namespace

// Two counts of frames, and where each of them lies. The producer alone writes the descriptors, and
// finds in them what is free.
struct Ring::Shared {
  alignas(64) std::atomic<std::uint64_t> published{0};
  alignas(64) std::atomic<std::uint64_t> released{0};
  alignas(64) std::uint64_t slots = 0;
  std::uint64_t capacity = 0;

  Descriptor& of(std::uint64_t frame) {
    return reinterpret_cast<Descriptor*>(this + 1)[frame % slots];
  }
  std::byte* at(const Descriptor& descriptor) {
    return reinterpret_cast<std::byte*>(&of(0) + slots) + descriptor.offset;
  }
};

Ring Ring::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a ring");
  Ring ring;
  auto* shared = new (memory.data()) Shared;
  shared->slots = memory.size() / 128;
  shared->capacity = (memory.size() - sizeof(Shared) - shared->slots * sizeof(Descriptor)) / 8 * 8;
  ring.shared_ = shared;
  ring.capacity_ = shared->capacity;
  return ring;
}

Ring Ring::open(std::span<std::byte> memory) {
  Ring ring;
  ring.shared_ = reinterpret_cast<Shared*>(memory.data());
  ring.capacity_ = ring.shared_->capacity;
  return ring;
}

std::size_t Ring::max_frame() const { return capacity_; }

std::optional<std::span<std::byte>> Ring::loan(std::size_t size) {
  if (size > capacity_) throw std::length_error("the frame is longer than max_frame()");
  const std::uint64_t next = shared_->published.load(std::memory_order_relaxed);
  const std::uint64_t oldest = shared_->released.load(std::memory_order_acquire);
  if (next - oldest == shared_->slots) return std::nullopt;
  Descriptor descriptor{0, static_cast<std::uint32_t>(size)};
  if (next != oldest) {
    const Descriptor first = shared_->of(oldest), last = shared_->of(next - 1);
    descriptor.offset = static_cast<std::uint32_t>(last.end());
    std::uint64_t limit = first.offset;
    if (last.offset >= first.offset && descriptor.end() <= capacity_) limit = capacity_;
    if (last.offset >= first.offset && descriptor.end() > capacity_) descriptor.offset = 0;
    if (descriptor.end() > limit) return std::nullopt;
  }
  shared_->of(next) = descriptor;
  next_ = next + 1;
  return std::span(shared_->at(descriptor), size);
}

void Ring::publish() { shared_->published.store(next_, std::memory_order_release); }

std::optional<std::span<const std::byte>> Ring::borrow() {
  const std::uint64_t frame = shared_->released.load(std::memory_order_relaxed);
  if (frame == shared_->published.load(std::memory_order_acquire)) return std::nullopt;
  next_ = frame + 1;
  const Descriptor descriptor = shared_->of(frame);
  return std::span<const std::byte>(shared_->at(descriptor), descriptor.size);
}

void Ring::release() { shared_->released.store(next_, std::memory_order_release); }

namespace {

/// Sleeps of one who has said that he is going to; a semaphore remembers that he is woken.
struct Bed {
  std::atomic<bool> taken{false};
  sem_t bell;

  Bed() { ::sem_init(&bell, 1, 0); }
  void wake() {
    if (taken.exchange(false)) ::sem_post(&bell);
  }
  // After `taken` was set, and another look.
  void sleep() {
    timespec until{};
    ::clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    while (::sem_timedwait(&bell, &until) != 0 && errno == EINTR) {
    }
  }
};

struct Life {
  pthread_mutex_t mutex;

  Life() {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&mutex, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
  }
  bool is_over() {
    const int result = ::pthread_mutex_trylock(&mutex);
    if (result == EOWNERDEAD) ::pthread_mutex_consistent(&mutex);
    if (result != EBUSY) ::pthread_mutex_unlock(&mutex);
    return result != EBUSY;
  }
};

struct Shared {
  std::atomic<std::uint64_t> in{0}, out{0};
  std::atomic<bool> closed{false}, open{false};
  std::uint64_t size = 0;
  Bed sender_bed, receiver_bed;
  Life sender, receiver;

  std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }
};

}  // namespace

struct Channel::State : Shared {
  void write(std::span<const std::byte> rest) {
    while (!rest.empty()) {
      const std::uint64_t at = in.load();
      std::uint64_t room = size - (at - out.load());
      if (room == 0) {
        sender_bed.taken.store(true);
        const bool is_dead = open.load() && receiver.is_over();
        room = size - (at - out.load());
        if (room == 0 && is_dead) throw PeerDied();
        if (room == 0) sender_bed.sleep();
        continue;
      }
      const std::size_t n = std::min({room, rest.size(), size - at % size});
      std::memcpy(bytes() + at % size, rest.data(), n);
      in.store(at + n);
      receiver_bed.wake();
      rest = rest.subspan(n);
    }
  }

  bool read(std::span<std::byte> rest) {
    while (!rest.empty()) {
      const std::uint64_t at = out.load();
      std::uint64_t there = in.load() - at;
      if (there == 0) {
        receiver_bed.taken.store(true);
        const bool is_dead = sender.is_over(), is_closed = closed.load();
        there = in.load() - at;
        if (there == 0 && is_closed) return false;
        if (there == 0 && is_dead) throw PeerDied();
        if (there == 0) receiver_bed.sleep();
        continue;
      }
      const std::size_t n = std::min({there, rest.size(), size - at % size});
      std::memcpy(rest.data(), bytes() + at % size, n);
      out.store(at + n);
      sender_bed.wake();
      rest = rest.subspan(n);
    }
    return true;
  }
};

Channel Channel::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory");
  auto* state = new (memory.data()) State;
  state->size = memory.size() - sizeof(State);
  ::pthread_mutex_lock(&state->sender.mutex);
  return Channel(state);
}

Channel Channel::open(std::span<std::byte> memory) {
  auto* state = reinterpret_cast<State*>(memory.data());
  ::pthread_mutex_lock(&state->receiver.mutex);
  state->open.store(true);
  return Channel(state);
}

Channel::Channel(Channel&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

// The locks are left to the process's end: it is that which the other one asks for.
Channel::~Channel() = default;

void Channel::send(std::span<const std::byte> message) {
  const std::uint64_t size = message.size();
  state_->write(std::as_bytes(std::span(&size, 1)));
  state_->write(message);
}

void Channel::close() {
  state_->closed.store(true);
  state_->receiver_bed.wake();
}

bool Channel::receive(std::vector<std::byte>& message) {
  std::uint64_t size = 0;
  if (!state_->read(std::as_writable_bytes(std::span(&size, 1)))) return false;
  message.resize(size);
  return state_->read(message);
}

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
