#pragma once

#include <string>
#include <vector>

/// Lab 01, part C: what a shell does when it reads `ls | wc -l`.
namespace lab {

/// A program's name, looked for in PATH, and its arguments: {"wc", "-l"}. Never empty.
using Command = std::vector<std::string>;

/// Runs `stages` side by side, the standard output of each joined to the standard input of the next
/// by a pipe, and waits until all of them have ended.
///
/// The first stage reads the caller's standard input, the last writes the caller's standard output,
/// and all of them share the caller's standard error. A stage starts with no other descriptor of
/// the pipeline than these. Afterwards the caller has the descriptors and children that it had
/// before: no pipe is left open and no zombie is left behind.
/// @param stages  the commands, in the order in which the data flows; at least one.
/// @returns each stage's status, as bash's PIPESTATUS has it: the exit status (0 to 255); 128 + N
///          for a stage ended by signal N; 127 for a command that does not exist; 126 for one that
///          exists and cannot be executed.
/// @throws std::invalid_argument  if `stages` is empty or one of the commands is.
/// @throws ipc::SystemError       if a pipe or a process cannot be had (EMFILE, EAGAIN). What was
///         started by then has been waited for, and every descriptor is closed.
/// @see pipe(2), fork(2), dup2(2), exec(3), waitpid(2), bash(1) under "PIPESTATUS"
std::vector<int> run_pipeline(const std::vector<Command>& stages);

}  // namespace lab
