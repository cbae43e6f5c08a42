#include <unistd.h>

namespace {

[[gnu::constructor]] void sleep() { ::sleep(3); }

}  // namespace
