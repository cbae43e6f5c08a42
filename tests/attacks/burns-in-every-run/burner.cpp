#include <ctime>

namespace {

[[gnu::constructor]] void burn() {
  while (std::clock() < 2.5 * CLOCKS_PER_SEC) {
  }
}

}  // namespace
