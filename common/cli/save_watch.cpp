#include "common/cli/save_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

#include "common/ipc/system_error.h"

namespace cli {

namespace {

/// Not an editor's own files: ".stream.cpp.swp", "stream.cpp~", "#stream.cpp#", "4913".
bool is_source(std::string_view name) {
  return !name.starts_with('.') &&
         (name.ends_with(".cpp") || name.ends_with(".h") || name.ends_with(".schedule"));
}

}  // namespace

SaveWatch::SaveWatch(const std::filesystem::path& directory)
    : directory_(directory), inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!inotify_) throw ipc::SystemError("inotify_init1");
  watch_directory();
  if (directory_watch_ < 0) throw ipc::SystemError("inotify_add_watch");
  // The parent tells when the directory itself is put in place again. Not to be able to watch it
  // is no reason not to watch the files.
  parent_watch_ = ::inotify_add_watch(inotify_.get(), directory_.parent_path().c_str(),
                                      IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
}

void SaveWatch::watch_directory() {
  // A file that is only created or changed half is not saved yet: IN_CLOSE_WRITE follows.
  directory_watch_ = ::inotify_add_watch(
      inotify_.get(), directory_.c_str(),
      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR);
}

bool SaveWatch::saved() {
  bool any = false;
  alignas(inotify_event) std::array<char, 16384> buffer;
  ssize_t count = 0;
  while ((count = ::read(inotify_.get(), buffer.data(), buffer.size())) > 0) {
    std::size_t at = 0;
    while (at < static_cast<std::size_t>(count)) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string_view name =
          event.len > 0 ? std::string_view(buffer.data() + at + sizeof event) : "";
      at += sizeof event + event.len;

      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        any = true;  // too much to be told one by one
      } else if (event.wd == parent_watch_) {
        if (name != directory_.filename().string()) continue;
        watch_directory();
        any = true;
      } else if (event.wd != directory_watch_) {
        continue;  // the last words of a directory that was replaced
      } else if ((event.mask & IN_MOVE_SELF) != 0) {
        ::inotify_rm_watch(inotify_.get(), directory_watch_);  // it lies elsewhere now
        directory_watch_ = -1;
      } else if ((event.mask & IN_IGNORED) != 0) {
        directory_watch_ = -1;  // deleted
      } else if (is_source(name)) {
        any = true;
      }
    }
  }
  return any;
}

void SaveWatch::settle() {
  constexpr int quiet_milliseconds = 20;
  constexpr int most_rounds = 50;
  pollfd wait{inotify_.get(), POLLIN, 0};
  for (int round = 0; round < most_rounds; ++round) {
    if (::poll(&wait, 1, quiet_milliseconds) <= 0) return;
    static_cast<void>(saved());
  }
}

}  // namespace cli
