#pragma once

#include "common/judge/scenario.h"
#include "common/judge/zygote_link.h"

namespace judge {

/// One run of a scenario, from the first fork to the last trace of it; see Subject::run. What a run
/// leaves in the sandbox that cannot be taken away goes with the sandbox: then the zygote is a new
/// one.
RunResult perform(ZygoteLink& zygote, Scenario scenario);

}  // namespace judge
