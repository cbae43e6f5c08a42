#include "common/judge/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "common/ipc/unique_fd.h"

namespace judge {

namespace {

using ipc::UniqueFd;

UniqueFd open_directory(int parent, const char* name) {
  // Rights are given back through a descriptor, which cannot be a link by now.
  const UniqueFd path(::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!path) return {};
  const std::string same = "/proc/self/fd/" + std::to_string(path.get());
  ::chmod(same.c_str(), 0700);
  return UniqueFd(::open(same.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::vector<std::string> names_in(const UniqueFd& directory) {
  std::vector<std::string> names;
  const int copy = ::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(copy), ::closedir);
  if (!entries) return names;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) {
      names.emplace_back(entry->d_name);
    }
  }
  return names;
}

}  // namespace

void remove_tree(const std::filesystem::path& directory) {
  const UniqueFd root = open_directory(AT_FDCWD, directory.c_str());
  if (!root) return;
  std::vector<std::string> left = names_in(root);
  std::size_t number = 0;
  while (!left.empty()) {
    const std::string name = std::move(left.back());
    left.pop_back();
    if (::unlinkat(root.get(), name.c_str(), 0) == 0) continue;
    const UniqueFd inner = open_directory(root.get(), name.c_str());
    if (!inner) continue;
    for (const std::string& entry : names_in(inner)) {
      if (::unlinkat(inner.get(), entry.c_str(), 0) == 0) continue;
      // A directory, then. It is moved up, so that there are never more than two levels.
      (void)open_directory(inner.get(), entry.c_str());
      std::string moved;
      do {
        moved = "below-" + std::to_string(number++);
      } while (::faccessat(root.get(), moved.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0);
      if (::renameat(inner.get(), entry.c_str(), root.get(), moved.c_str()) == 0) {
        left.push_back(moved);
      }
    }
    ::unlinkat(root.get(), name.c_str(), AT_REMOVEDIR);
  }
  ::rmdir(directory.c_str());
}

}  // namespace judge
