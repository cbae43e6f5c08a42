#include "child.h"

#include "common/ipc/not_started.h"

// This file is yours. Delete a call of ipc::not_started() when you begin with its function.

namespace lab {

ExitStatus run_child([[maybe_unused]] const std::function<int()>& body) { ipc::not_started(); }

}  // namespace lab
