#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/judge/kit.h"
#include "common/judge/sandbox.h"
#include "common/judge/submission.h"
#include "common/judge/verdict.h"

namespace judge {

/// A submission, compiled and linked with the roles of its lab.
struct Image {
  /// The shared object, or the program of an interleaved build, in memory; none if it could not be
  /// linked.
  ipc::UniqueFd library;
  /// Why a file is not in it, by name: "does not compile", with the compiler's first error; "does
  /// not exist". What it should have defined is stood in for, and says "not started".
  std::map<std::string, std::string> missing;
  /// Those of the missing that kept the compiler busy until it was stopped: another build of them
  /// would be, too.
  std::vector<std::string> stopped;
  std::vector<Place> errors;  ///< Where the compiler found errors.
  std::string link_error;     ///< Why there is no library.
  CompilerReport report;      ///< What the compiler said of this build.
};

/// Compiles and links a submission, in the sandbox, several files at once.
///
/// Nothing is written to the machine's disk: sources go in through memory, and what comes out comes
/// through a pipe of bounded size. Objects of files that have not changed are taken from `cache`,
/// if there is one.
/// @param jobs  compilers that may run side by side.
/// @throws std::runtime_error  if the grader itself failed (no compiler, no memory).
Image build(const Kit& kit, const Lab& lab, const Submission& submission, Build build, int jobs,
            const std::optional<std::filesystem::path>& cache);

}  // namespace judge
