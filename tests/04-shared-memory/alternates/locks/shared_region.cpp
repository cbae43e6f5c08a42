#include "shared_region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>
#include <vector>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

// The name is taken away again unless all went well.
SharedRegion SharedRegion::create(const std::string& name, std::size_t size) {
  const std::size_t length = sizeof(RegionHeader) + size;
  ipc::UniqueFd fd(::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600));
  if (!fd) throw ipc::SystemError("shm_open");
  SharedRegion region;
  region.created_name_ = name;
  // Zeros that are written need their memory just as well.
  const std::vector<char> zeros(65536);
  for (std::size_t done = 0; done < length;) {
    const ssize_t n = ::write(fd.get(), zeros.data(), std::min(zeros.size(), length - done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ipc::SystemError("write");
    done += static_cast<std::size_t>(n);
  }
  void* memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  region.memory_ = memory;
  region.mapped_ = length;
  auto& header = *static_cast<RegionHeader*>(memory);
  header.version = RegionHeader::our_version;
  header.size = size;
  std::atomic_thread_fence(std::memory_order_release);
  std::atomic_ref(header.magic).store(RegionHeader::our_magic, std::memory_order_relaxed);
  return region;
}

// Maps the header alone, and when that is good, lets the mapping grow.
SharedRegion SharedRegion::open(const std::string& name) {
  ipc::UniqueFd fd(::shm_open(name.c_str(), O_RDWR, 0));
  if (!fd) throw ipc::SystemError("shm_open");
  const off_t end = ::lseek(fd.get(), 0, SEEK_END);
  if (end < 0) throw ipc::SystemError("lseek");
  if (end == 0) throw BadRegion(BadRegion::Why::not_ready, "no memory yet");
  if (end < 64) throw BadRegion(BadRegion::Why::too_short, "no whole header");
  SharedRegion region;
  void* memory = ::mmap(nullptr, 64, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  region.memory_ = memory;
  region.mapped_ = 64;
  auto& header = *static_cast<RegionHeader*>(memory);
  const auto magic = std::atomic_ref(header.magic).load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (magic == 0) throw BadRegion(BadRegion::Why::not_ready, "no magic number yet");
  if (magic != RegionHeader::our_magic) {
    throw BadRegion(BadRegion::Why::not_a_region, "another magic number");
  }
  if (header.version != RegionHeader::our_version) {
    throw BadRegion(BadRegion::Why::other_version, "another version");
  }
  const std::uint64_t size = header.size;
  if (size > static_cast<std::uint64_t>(end) - 64) {
    throw BadRegion(BadRegion::Why::too_short, "less memory than announced");
  }
  memory = ::mremap(memory, 64, 64 + size, MREMAP_MAYMOVE);
  if (memory == MAP_FAILED) throw ipc::SystemError("mremap");
  region.memory_ = memory;
  region.mapped_ = 64 + size;
  return region;
}

void SharedRegion::remove(const std::string& name) {
  if (::shm_unlink(name.c_str()) != 0 && errno != ENOENT) throw ipc::SystemError("shm_unlink");
}

SharedRegion::SharedRegion(SharedRegion&& other) noexcept { *this = std::move(other); }

SharedRegion& SharedRegion::operator=(SharedRegion&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(mapped_, other.mapped_);
  std::swap(created_name_, other.created_name_);
  return *this;
}

SharedRegion::~SharedRegion() {
  if (memory_ != nullptr) ::munmap(memory_, mapped_);
  if (!created_name_.empty()) ::shm_unlink(created_name_.c_str());
}

std::span<std::byte> SharedRegion::bytes() const {
  return std::span(static_cast<std::byte*>(memory_), mapped_).subspan(64);
}

}  // namespace lab
