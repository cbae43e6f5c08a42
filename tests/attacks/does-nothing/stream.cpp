#include "stream.h"

namespace lab {

void write_all(int, std::span<const std::byte>) {}
std::size_t read_full(int, std::span<std::byte>) { return 0; }

}  // namespace lab
