#pragma once

#include <typeinfo>

#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"
#include "common/subject/me.h"

namespace judge {

/// Runs a role's body and says how it ended. This is compiled next to the student's code, and is
/// the only place where a role meets the exceptions of `ipc`: the engine knows nothing of them.
template <class Body>
subject::Outcome outcome_of(Body body) {
  try {
    body();
    return {"returned", "", ""};
  } catch (const ipc::NotStarted& e) {
    return {"not-started", e.function(), std::string(e.file()) + ":" + std::to_string(e.line())};
  } catch (const ipc::SystemError& e) {
    return {"system-error", e.what(), std::to_string(e.error())};
  } catch (const std::exception& e) {
    return {"exception", e.what(), typeid(e).name()};
  } catch (...) {
    return {"exception", "something that is not a std::exception", ""};
  }
}

}  // namespace judge
