#pragma once

#include "common/interleave/protocol.h"

namespace interleave {

/// Fault injection: from `arm_faults` on, calls of this process meet the rules on `page`. Children
/// do not: what they call depends on the schedule, and a count over several processes would too.
void arm_faults(FaultPage* page);
void disarm_faults();

}  // namespace interleave
