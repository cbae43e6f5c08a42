#include "common/interleave/core/paths.h"

namespace interleave {

// The first function of the archive: see CMakeLists.txt.
void where_the_engine_begins() {}

}  // namespace interleave
