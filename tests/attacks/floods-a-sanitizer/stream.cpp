#include "stream.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace lab {

std::size_t read_full(int, std::span<std::byte>) {
  std::string text = std::string(190'000, 'a') + "\n" + std::string(4000, ':') + "\n";
  text += "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\nREAD of size " +
          std::string(300, '9') + "\n";
  text += "    #0 0x1 in x (/memfd:ipclab (deleted)+0x" + std::string(300, 'f') + ")\n";
  text += "frames.cpp:99999999999999999999:1: runtime error: not mine\n";
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = ::write(2, text.data() + at, text.size() - at);
    if (n <= 0) break;
    at += static_cast<std::size_t>(n);
  }
  ::_exit(1);
}

void write_all(int, std::span<const std::byte>) {}

}  // namespace lab
