#include <sys/prctl.h>
#include <unistd.h>

#include <cstring>

#include "claims.h"

namespace {

[[gnu::constructor]] void go() {
  char role[16] = "";
  ::prctl(PR_GET_NAME, role);
  if (std::strcmp(role, "dying_writer") != 0) return;
  claims::say(claims::ready, std::string(8, '\0'));
  // Its sibling's pipe stays open in a process that nobody knows of.
  if (::fork() == 0) ::pause();
  ::_exit(0);
}

}  // namespace
