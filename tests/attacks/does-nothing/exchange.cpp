#include "exchange.h"

namespace lab {

std::vector<std::byte> exchange(int, int, std::span<const std::byte>, std::size_t) { return {}; }

}  // namespace lab
