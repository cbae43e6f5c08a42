#include "shared_region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <utility>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

namespace {

struct Mapping {
  Mapping(const ipc::UniqueFd& fd, std::size_t length_)
      : memory(::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0)),
        length(length_) {
    if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
  }
  ~Mapping() {
    if (memory != nullptr) ::munmap(memory, length);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] RegionHeader& header() const { return *static_cast<RegionHeader*>(memory); }

  void* memory;
  std::size_t length;
};

}  // namespace

// Memory without a name first: who is killed here leaves nothing, and nobody sees it half made.
SharedRegion SharedRegion::create(const std::string& name, std::size_t size) {
  const std::size_t length = sizeof(RegionHeader) + size;
  const ipc::UniqueFd fd(::open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) throw ipc::SystemError("open");
  if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(length)); error != 0) {
    throw ipc::SystemError("posix_fallocate", error);
  }
  Mapping mapping(fd, length);
  mapping.header().size = size;
  mapping.header().version = RegionHeader::our_version;
  std::atomic_ref(mapping.header().magic).store(RegionHeader::our_magic, std::memory_order_release);
  SharedRegion region;
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  if (::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, ("/dev/shm" + name).c_str(), AT_SYMLINK_FOLLOW) <
      0) {
    throw ipc::SystemError("linkat");
  }
  region.created_name_ = name;
  region.memory_ = std::exchange(mapping.memory, nullptr);
  region.mapped_ = length;
  return region;
}

SharedRegion SharedRegion::open(const std::string& name) {
  using enum BadRegion::Why;
  const ipc::UniqueFd fd(::open(("/dev/shm" + name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw ipc::SystemError("open");
  struct stat status {};
  if (::fstat(fd.get(), &status) < 0) throw ipc::SystemError("fstat");
  const auto length = static_cast<std::uint64_t>(status.st_size);
  if (length == 0) throw BadRegion(not_ready, "nothing there yet");
  if (length < sizeof(RegionHeader)) throw BadRegion(too_short, "not even a header");
  Mapping mapping(fd, length);
  const RegionHeader& header = mapping.header();
  const auto magic = std::atomic_ref(mapping.header().magic).load(std::memory_order_acquire);
  if (magic == 0) throw BadRegion(not_ready, "no header yet");
  if (magic != RegionHeader::our_magic) throw BadRegion(not_a_region, "not one of ours");
  if (header.version != RegionHeader::our_version)
    throw BadRegion(other_version, "not our version");
  std::uint64_t whole = 0;
  if (__builtin_add_overflow(header.size, sizeof header, &whole) || whole > length) {
    throw BadRegion(too_short, "not as much memory as announced");
  }
  SharedRegion region;
  region.memory_ = std::exchange(mapping.memory, nullptr);
  region.mapped_ = length;
  return region;
}

void SharedRegion::remove(const std::string& name) {
  if (::unlink(("/dev/shm" + name).c_str()) < 0 && errno != ENOENT)
    throw ipc::SystemError("unlink");
}

SharedRegion::SharedRegion(SharedRegion&& other) noexcept { *this = std::move(other); }

SharedRegion& SharedRegion::operator=(SharedRegion&& other) noexcept {
  if (memory_ != nullptr) ::munmap(memory_, mapped_);
  if (!created_name_.empty()) ::unlink(("/dev/shm" + created_name_).c_str());
  memory_ = std::exchange(other.memory_, nullptr);
  mapped_ = std::exchange(other.mapped_, 0);
  created_name_ = std::exchange(other.created_name_, "");
  return *this;
}

SharedRegion::~SharedRegion() {
  if (memory_ != nullptr) ::munmap(memory_, mapped_);
  if (!created_name_.empty()) ::unlink(("/dev/shm" + created_name_).c_str());
}

std::span<std::byte> SharedRegion::bytes() const {
  const auto* header = static_cast<const RegionHeader*>(memory_);
  return {static_cast<std::byte*>(memory_) + sizeof *header, header->size};
}

}  // namespace lab
