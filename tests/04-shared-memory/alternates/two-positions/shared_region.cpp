#include "shared_region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <utility>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

namespace {

// The last thing that is written, and the first that is read: who acquires our magic number sees
// all that was written before it was released.
std::atomic_ref<std::uint64_t> magic_of(void* memory) {
  return std::atomic_ref(static_cast<RegionHeader*>(memory)->magic);
}

void* map(int fd, std::size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  return memory;
}

// ftruncate(2) would only say how long the file is: its pages come when they are touched, and if
// there are none then, SIGBUS comes instead.
void allocate(int fd, std::size_t size) {
  int error = 0;
  do {
    error = ::posix_fallocate(fd, 0, static_cast<off_t>(size));  // returns the error
  } while (error == EINTR);
  if (error != 0) throw ipc::SystemError("posix_fallocate", error);
}

}  // namespace

SharedRegion SharedRegion::create(const std::string& name, std::size_t size) {
  // O_EXCL: of two who create at the same time, one gets EEXIST. Without it both would believe to
  // be the creator, and each would write a header over what the other has begun.
  const ipc::UniqueFd fd(::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600));
  if (!fd) throw ipc::SystemError("shm_open");
  SharedRegion region;
  region.created_name_ = name;  // from here on the destructor takes the name away, if we throw
  region.mapped_ = sizeof(RegionHeader) + size;
  allocate(fd.get(), region.mapped_);
  region.memory_ = map(fd.get(), region.mapped_);
  // New memory is zero, so that until now the magic number was 0 for everybody: not ready.
  auto* header = static_cast<RegionHeader*>(region.memory_);
  header->version = RegionHeader::our_version;
  header->size = size;
  magic_of(header).store(RegionHeader::our_magic, std::memory_order_release);
  return region;
}

SharedRegion SharedRegion::open(const std::string& name) {
  using enum BadRegion::Why;
  const ipc::UniqueFd fd(::shm_open(name.c_str(), O_RDWR, 0));
  if (!fd) throw ipc::SystemError("shm_open");
  struct stat status {};
  if (::fstat(fd.get(), &status) < 0) throw ipc::SystemError("fstat");
  const auto length = static_cast<std::size_t>(status.st_size);
  // One can map more than there is. It is the access that hurts: SIGBUS.
  if (length == 0) throw BadRegion(not_ready, name + " is still empty");
  if (length < sizeof(RegionHeader)) throw BadRegion(too_short, name + " is shorter than a header");
  SharedRegion region;
  region.mapped_ = length;
  region.memory_ = map(fd.get(), length);

  const std::uint64_t magic = magic_of(region.memory_).load(std::memory_order_acquire);
  const auto& header = *static_cast<const RegionHeader*>(region.memory_);
  if (magic == 0) throw BadRegion(not_ready, name + " is still being made");
  if (magic != RegionHeader::our_magic) throw BadRegion(not_a_region, name + " is no region");
  if (header.version != RegionHeader::our_version) {
    throw BadRegion(other_version, name + " is of version " + std::to_string(header.version));
  }
  // Not header.size + 64 > length: that sum of somebody else's number could overflow.
  if (header.size > length - sizeof(RegionHeader)) {
    throw BadRegion(too_short, name + " ends before what its header announces");
  }
  return region;
}

void SharedRegion::remove(const std::string& name) {
  if (::shm_unlink(name.c_str()) < 0 && errno != ENOENT) throw ipc::SystemError("shm_unlink");
}

SharedRegion::SharedRegion(SharedRegion&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)),
      mapped_(std::exchange(other.mapped_, 0)),
      created_name_(std::exchange(other.created_name_, {})) {}

SharedRegion& SharedRegion::operator=(SharedRegion&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(mapped_, other.mapped_);
  std::swap(created_name_, other.created_name_);
  return *this;
}

SharedRegion::~SharedRegion() {
  if (memory_ != nullptr) ::munmap(memory_, mapped_);
  // The descriptor is closed long since: a mapping does not need it.
  if (!created_name_.empty()) ::shm_unlink(created_name_.c_str());
}

std::span<std::byte> SharedRegion::bytes() const {
  auto* begin = static_cast<std::byte*>(memory_) + sizeof(RegionHeader);
  return {begin, static_cast<const RegionHeader*>(memory_)->size};
}

}  // namespace lab
