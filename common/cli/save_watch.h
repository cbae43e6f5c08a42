#pragma once

#include <filesystem>
#include <string>

#include "common/ipc/unique_fd.h"

namespace cli {

/// Notices when a source file in a directory is saved, in whatever way an editor does that: by
/// writing it, by writing another file and renaming it, or by replacing the whole directory as
/// `git checkout` may. @see inotify(7)
class SaveWatch {
 public:
  /// @throws ipc::SystemError  if there can be no more watches (inotify has limits for each user).
  explicit SaveWatch(const std::filesystem::path& directory);

  /// Readable when there may be something new.
  [[nodiscard]] int fd() const { return inotify_.get(); }

  /// Takes what there is, without waiting. @returns whether a source file was saved.
  bool saved();

  /// Waits for the end of a burst: "save all", a formatter that writes right after the editor.
  /// A save that comes later still makes grading begin again, so this needs not be exact.
  void settle();

 private:
  void watch_directory();

  std::filesystem::path directory_;
  ipc::UniqueFd inotify_;
  int directory_watch_ = -1;  ///< -1 while there is no such directory.
  int parent_watch_ = -1;
};

}  // namespace cli
