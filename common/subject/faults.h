#pragma once

#include "common/subject/protocol.h"

namespace subject {

/// Fault injection: from `arm_faults` on, calls of this process meet the rules on `page`. Children
/// do not: what they call depends on the schedule, and a count over several processes would too.
void arm_faults(FaultPage* page);
void disarm_faults();

}  // namespace subject
