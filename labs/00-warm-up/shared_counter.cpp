#include "shared_counter.h"

#include "common/ipc/not_started.h"

// This file is yours. Delete a call of ipc::not_started() when you begin with its function.

namespace lab {

struct SharedCounter::Cell {};

SharedCounter::SharedCounter() { ipc::not_started(); }

SharedCounter::~SharedCounter() = default;

long SharedCounter::increment() { ipc::not_started(); }

long SharedCounter::value() const { ipc::not_started(); }

}  // namespace lab
