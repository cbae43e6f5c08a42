#include "common/judge/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ipc/system_error.h"

namespace judge {

using ipc::SystemError;
using ipc::UniqueFd;

UniqueFd high(UniqueFd fd) {
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 100));
  if (!moved) throw SystemError("fcntl(F_DUPFD_CLOEXEC)");
  return moved;
}

UniqueFd memory_file(std::span<const std::byte> content) {
  UniqueFd file = high(UniqueFd(::memfd_create("ipclab", MFD_CLOEXEC | MFD_ALLOW_SEALING)));
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t n = ::write(file.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw SystemError("write to a memory file");
    done += static_cast<std::size_t>(n);
  }
  ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

Bytes content_of(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) throw SystemError("fstat");
  Bytes content(static_cast<std::size_t>(status.st_size));
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t n =
        ::pread(file, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw SystemError("pread");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return content;
}

}  // namespace judge
