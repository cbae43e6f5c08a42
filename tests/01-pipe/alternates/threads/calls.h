#pragma once

#include <cerrno>
#include <utility>

#include "common/ipc/system_error.h"

/// Makes a system call again as long as signals interrupt it.
/// @returns its result; throws if that is negative for another reason.
template <class Function, class... Arguments>
auto call(const char* name, Function function, Arguments... arguments) {
  for (;;) {
    const auto result = function(arguments...);
    if (result >= 0) return result;
    if (errno != EINTR) throw ipc::SystemError(name);
  }
}
