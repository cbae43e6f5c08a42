#include "common/cli/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "common/cli/exit_status.h"
#include "common/ipc/system_error.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

/// The permissions that a new file gets here; mkstemp(3) gives none to anybody else.
mode_t usual_permissions() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

/// The directory's entry is on the disk only after the directory itself is written.
void sync_directory(const fs::path& directory) {
  const ipc::UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot do this; the name may then be lost in a power cut, never half a file.
  if (fd) ::fsync(fd.get());
}

}  // namespace

void write_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw ipc::SystemError("write");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void print(int fd, std::string_view text) try {
  write_text(fd, text);
} catch (const ipc::SystemError& error) {
  if (error.error() == EPIPE) return;
  throw GraderError(std::string("the report cannot be written: ") + error.what());
}

AtomicFile::AtomicFile(const fs::path& target) : target_(target) {
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    // Not to wait here for the reader of a FIFO; but when writing, to wait for a slow one.
    file_.reset(::open(target.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file_) throw ipc::SystemError("open");
    ::fcntl(file_.get(), F_SETFL, 0);
    return;
  }
  std::error_code ignored;
  if (exists) target_ = fs::canonical(target, ignored);
  if (target_.empty()) target_ = target;

  const fs::path directory = target_.has_parent_path() ? target_.parent_path() : ".";
  temporary_ = (directory / ("." + target_.filename().string() + ".XXXXXX")).string();
  file_.reset(::mkostemp(temporary_.data(), O_CLOEXEC));
  if (!file_) {
    const int error = errno;
    temporary_.clear();
    throw ipc::SystemError("open", error);
  }
  ::fchmod(file_.get(), exists ? status.st_mode & 07777 : usual_permissions());
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::try_out(const fs::path& target) {
  std::error_code ignored;
  const fs::file_status status = fs::status(target, ignored);
  // To open a FIFO and close it again would tell its reader that this was all.
  if (fs::is_fifo(status) || fs::is_character_file(status)) return;
  const AtomicFile attempt(target);
}

void AtomicFile::publish(std::string_view text) {
  write_text(file_.get(), text);
  if (temporary_.empty()) return;
  // A full disk may show only here; and without it a power cut could leave the name without text.
  if (::fsync(file_.get()) != 0) throw ipc::SystemError("fsync");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) throw ipc::SystemError("rename");
  temporary_.clear();
  sync_directory(target_.has_parent_path() ? target_.parent_path() : ".");
}

}  // namespace cli
