#include "frames.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

namespace lab {

void write_frame(int, std::span<const std::byte>) {
  static char stack[65536];
  const auto wait = [](void*) {
    ::pause();
    return 0;
  };
  ::clone(wait, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr);
}

}  // namespace lab
