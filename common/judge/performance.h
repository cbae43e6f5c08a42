#pragma once

#include "common/judge/scenario.h"
#include "common/judge/zygote_link.h"

namespace judge {

/// One run of a scenario, from the first fork to the last trace of it; see Subject::run.
RunResult perform(ZygoteLink& zygote, Scenario scenario);

}  // namespace judge
