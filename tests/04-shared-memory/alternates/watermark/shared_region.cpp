#include "shared_region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

// open(2), not shm_open(3): on Linux the names are files in /dev/shm. The memory is taken, and
// mapped page by page at once; the header is filled in, and then marked.
SharedRegion SharedRegion::create(const std::string& name, std::size_t size) {
  const std::string path = "/dev/shm" + name;
  const std::size_t length = size + sizeof(RegionHeader);
  const ipc::UniqueFd fd(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) throw ipc::SystemError("open");
  void* memory = MAP_FAILED;
  int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(length));
  if (error == 0) {
    memory =
        ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
    if (memory == MAP_FAILED) error = errno;
  }
  if (error != 0) {
    ::unlink(path.c_str());
    throw ipc::SystemError("create", error);
  }
  auto* header = static_cast<RegionHeader*>(memory);
  header->version = RegionHeader::our_version;
  header->size = size;
  std::uint64_t none = 0;
  std::atomic_ref(header->magic).compare_exchange_strong(none, RegionHeader::our_magic);
  SharedRegion region;
  region.memory_ = memory;
  region.mapped_ = length;
  region.created_name_ = name;
  return region;
}

SharedRegion SharedRegion::open(const std::string& name) {
  const ipc::UniqueFd fd(::open(("/dev/shm" + name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw ipc::SystemError("open");
  struct stat status {};
  if (::fstat(fd.get(), &status) < 0) throw ipc::SystemError("fstat");
  const auto length = static_cast<std::uint64_t>(status.st_size);
  if (length < sizeof(RegionHeader)) {
    throw BadRegion(length == 0 ? BadRegion::Why::not_ready : BadRegion::Why::too_short, name);
  }
  SharedRegion region;
  region.memory_ = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (region.memory_ == MAP_FAILED) {
    region.memory_ = nullptr;
    throw ipc::SystemError("mmap");
  }
  region.mapped_ = length;
  auto* header = static_cast<RegionHeader*>(region.memory_);
  switch (std::atomic_ref(header->magic).load()) {
    case 0:
      throw BadRegion(BadRegion::Why::not_ready, name);
    default:
      throw BadRegion(BadRegion::Why::not_a_region, name);
    case RegionHeader::our_magic:
      break;
  }
  if (header->version != RegionHeader::our_version) {
    throw BadRegion(BadRegion::Why::other_version, name);
  }
  if (length - sizeof *header < header->size) throw BadRegion(BadRegion::Why::too_short, name);
  return region;
}

void SharedRegion::remove(const std::string& name) {
  if (::unlink(("/dev/shm" + name).c_str()) == 0 || errno == ENOENT) return;
  throw ipc::SystemError("unlink");
}

SharedRegion::SharedRegion(SharedRegion&& other) noexcept { *this = std::move(other); }

SharedRegion& SharedRegion::operator=(SharedRegion&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(mapped_, other.mapped_);
  std::swap(created_name_, other.created_name_);
  return *this;
}

SharedRegion::~SharedRegion() {
  if (!created_name_.empty()) ::unlink(("/dev/shm" + created_name_).c_str());
  if (memory_ != nullptr) ::munmap(memory_, mapped_);
}

std::span<std::byte> SharedRegion::bytes() const {
  auto* header = static_cast<RegionHeader*>(memory_);
  return {reinterpret_cast<std::byte*>(header + 1), header->size};
}

}  // namespace lab
