#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/judge/verdict.h"

namespace attacks {

/// How a judge is called.
struct Call {
  std::filesystem::path submission;
  std::filesystem::path temporary;  ///< for TMPDIR
  std::string lab;
  std::string checks;               ///< a regular expression on ids
  std::string isolation;
  /// In a pid namespace of its own, so that whatever it signals is in there; nothing if false.
  bool contained = false;
  /// Called again and again while it runs, with its pid; true kills it.
  std::function<bool(pid_t)> kill_when;
};

/// A judge that has run, and what it said.
struct Judged {
  int status = 0;          ///< as wait(2) gives it
  bool too_late = false;   ///< it was ended by the test's own watchdog
  std::string events;      ///< all that came on the descriptor for events
  std::string printed;     ///< standard output and error
  std::size_t memory = 0;  ///< of the largest of its processes, the sandboxes' not counted: bytes
  std::chrono::seconds time{0};

  // Of the events, if they were what they have to be:
  std::vector<std::string> faults;  ///< why they were not
  std::string error;                ///< the grader's own failure
  std::vector<judge::CheckInfo> announced;
  std::map<std::string, judge::CheckResult> checks;
};

/// Calls the judge of lab 01 and waits for its end, but not for ever.
Judged judge_submission(const Call& call);

/// The processes below `pid`, without it.
std::vector<pid_t> processes_below(pid_t pid);

}  // namespace attacks
