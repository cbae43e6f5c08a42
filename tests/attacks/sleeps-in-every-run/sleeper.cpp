#include <unistd.h>

namespace {

[[gnu::constructor]] void sleep_a_little() { ::sleep(1); }

}  // namespace
