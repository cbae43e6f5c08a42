#include "shared_region.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ipc/system_error.h"

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

}  // namespace lab
