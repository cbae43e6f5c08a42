#include <ctime>

namespace {

[[gnu::constructor]] void burn() {
  while (std::clock() < 1.5 * CLOCKS_PER_SEC) {
  }
}

}  // namespace
