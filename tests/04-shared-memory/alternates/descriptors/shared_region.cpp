#include "shared_region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <memory>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

namespace {

void check(int result, const char* call) {
  if (result != 0) throw ipc::SystemError(call, result > 0 ? result : errno);
}

// Behind the header nothing but what it announces is mapped.
void* map(int fd, std::uint64_t length) {
  void* memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check(memory == MAP_FAILED ? -1 : 0, "mmap");
  return memory;
}

}  // namespace

// The header is written like a file's, all but the magic number.
SharedRegion SharedRegion::create(const std::string& name, std::size_t size) {
  ipc::UniqueFd fd(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
  check(fd ? 0 : -1, "shm_open");
  try {
    check(::posix_fallocate(fd.get(), 0, static_cast<off_t>(size + sizeof(RegionHeader))),
          "posix_fallocate");
    RegionHeader header{};
    header.version = RegionHeader::our_version;
    header.size = size;
    check(::pwrite(fd.get(), &header, sizeof header, 0) == sizeof header ? 0 : -1, "pwrite");
    SharedRegion region;
    region.memory_ = map(fd.get(), region.mapped_ = size + sizeof header);
    std::atomic_ref magic(static_cast<RegionHeader*>(region.memory_)->magic);
    magic = RegionHeader::our_magic;
    region.created_name_ = name;
    return region;
  } catch (...) {
    ::shm_unlink(name.c_str());
    throw;
  }
}

SharedRegion SharedRegion::open(const std::string& name) {
  const auto expect = [&](bool is_right, BadRegion::Why why) {
    if (!is_right) throw BadRegion(why, name + " cannot be used");
  };
  ipc::UniqueFd fd(::shm_open(name.c_str(), O_RDWR, 0));
  check(fd ? 0 : -1, "shm_open");
  struct stat status {};
  check(::fstat(fd.get(), &status), "fstat");
  const auto length = static_cast<std::uint64_t>(status.st_size);
  expect(length != 0, BadRegion::Why::not_ready);
  expect(length >= sizeof(RegionHeader), BadRegion::Why::too_short);
  std::uint64_t size = 0;
  {
    const auto unmap = [](RegionHeader* header) { ::munmap(header, sizeof *header); };
    const std::unique_ptr<RegionHeader, decltype(unmap)> header(
        static_cast<RegionHeader*>(map(fd.get(), sizeof(RegionHeader))), unmap);
    const std::uint64_t magic = std::atomic_ref(header->magic).load();
    expect(magic != 0, BadRegion::Why::not_ready);
    expect(magic == RegionHeader::our_magic, BadRegion::Why::not_a_region);
    expect(header->version == RegionHeader::our_version, BadRegion::Why::other_version);
    size = header->size;
  }
  expect(size <= length - sizeof(RegionHeader), BadRegion::Why::too_short);
  SharedRegion region;
  region.memory_ = map(fd.get(), region.mapped_ = sizeof(RegionHeader) + size);
  return region;
}

void SharedRegion::remove(const std::string& name) {
  check(::shm_unlink(name.c_str()) < 0 && errno != ENOENT ? -1 : 0, "shm_unlink");
}

SharedRegion::SharedRegion(SharedRegion&& other) noexcept { *this = std::move(other); }

SharedRegion& SharedRegion::operator=(SharedRegion&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(mapped_, other.mapped_);
  created_name_.swap(other.created_name_);
  return *this;
}

SharedRegion::~SharedRegion() {
  if (memory_ != nullptr) ::munmap(memory_, mapped_);
  if (!created_name_.empty()) ::shm_unlink(created_name_.c_str());
}

std::span<std::byte> SharedRegion::bytes() const {
  return std::span(static_cast<std::byte*>(memory_), mapped_).last(mapped_ - sizeof(RegionHeader));
}

}  // namespace lab
