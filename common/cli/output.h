#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/ipc/unique_fd.h"

/// Where the command writes: streams, and files that are there whole or not at all.
namespace cli {

/// Writes all of `text`.
/// @throws ipc::SystemError  whatever write(2) fails with; EPIPE too, as SIGPIPE is ignored.
void write_text(int fd, std::string_view text);

/// Prints for a person. That the reader has gone (`ipclab grade all | head -n 1`) is not an error.
/// @throws GraderError  if it cannot be written: a full disk, say.
void print(int fd, std::string_view text);

/// A file that appears under its name in one step, once its contents are complete and on the disk.
/// Until then it has another name in the same directory, which is gone if it is never published:
/// on an error, on a full disk, on Ctrl-C.
///
/// A `target` that exists and is no regular file (`/dev/null`, a FIFO, `/dev/fd/63`) is written as
/// it is, because a rename would put a file in its place.
class AtomicFile {
 public:
  /// Opens the temporary file.
  /// A symbolic link keeps being one: the file it points to is replaced.
  /// @throws ipc::SystemError  what could not be done.
  explicit AtomicFile(const std::filesystem::path& target);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Finds out early whether `target` can be written, and leaves everything as it was.
  /// @throws ipc::SystemError  what could not be done.
  static void try_out(const std::filesystem::path& target);

  /// Writes `text`, waits until the disk has it, and gives the file its name.
  /// @throws ipc::SystemError  what could not be done; `target` is as it was.
  void publish(std::string_view text);

 private:
  std::filesystem::path target_;
  std::string temporary_;  ///< Empty if there is none (any more).
  ipc::UniqueFd file_;
};

}  // namespace cli
