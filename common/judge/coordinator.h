#pragma once

#include <cstdint>
#include <string>

#include "common/judge/kit.h"

namespace judge {

/// One submission to grade.
struct Assignment {
  Lab lab;
  std::string submission;  ///< its directory
  std::uint64_t seed = 1;
  int jobs = 1;        ///< checks side by side; and compilers, but of these no more than processors
  std::string check;   ///< regular expression on ids; "" for all
  int events_fd = -1;  ///< where results go as JSON lines; -1: GoogleTest's own output instead
};

/// Builds the submission and runs the checks in `jobs` worker processes, which take checks from one
/// list as they are free. The checks that need no sanitizer run while the sanitized build compiles.
/// @returns the exit status of the judge.
/// @throws std::runtime_error  what the grader could not do, for a person.
int coordinate(const Kit& kit, const Assignment& assignment);

/// Writes an `error` event to `events_fd`: the grader could not do its job.
void tell_error(int events_fd, const std::string& message);

}  // namespace judge
