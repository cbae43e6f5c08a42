// The check that runs the build with AddressSanitizer and UndefinedBehaviorSanitizer, and its role:
// no other file's are in that build.

#include <csignal>

#include "child.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "shared_counter.h"

using namespace judge;

ROLE(everything) {
  for (int i = 0; i < 3; ++i) {
    lab::SharedCounter counter;
    lab::run_child([&counter] {
      counter.increment();
      return 0;
    });
    lab::run_child([&counter]() -> int {
      counter.increment();
      return ::raise(SIGKILL);
    });
    me.report("value", counter.value());
  }
}

CHECK(Memory, IsUsedAsItMayBe, part('B'), hygiene, points(2),
      "run_child and SharedCounter together touch only their memory") {
  const RunResult run = explore(Scenario().with(Cast(everything)).on(Build::sanitized));
  const std::vector<std::string> expected{"2", "2", "2"};
  if (run.only().all("value") != expected) {
    expect_work("Two children of run_child added 1 each to a counter, and it stood at " +
                joined(run.only().all("value")) + ".");
  }
}
