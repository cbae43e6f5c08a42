#pragma once

#include <cstdint>

/// The life of a process of a run.
namespace interleave {

/// To be called in the child of a fork: from here on it is `thread`, the first of its process.
void become_process(std::uint32_t thread);

/// This process ends with this exit status; returns when the token is somebody else's.
/// @param pc  where that was said; null: by returning from main, or by exit(3).
void exit_here(int status, const void* pc);

/// Makes stdin, stdout and stderr streams that the engine sees. (hooks/streams.cpp)
void take_standard_streams();

}  // namespace interleave
