#include "tests/common/judge/toy/roles.h"

using namespace judge;

CHECK(Act, SaysHello, part('A'), behaviour, points(50), "the scene \"hello\" says \"hello\"") {
  const RunResult run = explore(Scenario().with(Cast(soloist).give("scene", "hello")));
  const std::string said = to_text(*run.only().reported("said"));
  if (said != "hello") {
    fail(Finding::wrong_result, "It said \"" + said + "\" and not \"hello\".", "Greetings",
         {{"toy.cpp", 3, "act"}});
  }
}

CHECK(Act, SurvivesFailingReads, part('A'), faults, points(30),
      "each read(2) of the scene may fail") {
  for_every_call(
      [](std::uint32_t n) {
        return Scenario().with(
            Cast(soloist).give("scene", "hello").fault({subject::call_read, n, 1, EINTR, 0}));
      },
      [](const RunResult&, std::uint32_t) {});
}

CHECK(Act, TouchesOnlyItsMemory, part('A'), hygiene, points(20), "the scene keeps to its memory") {
  explore(Scenario().with(Cast(soloist).give("scene", "hello")).on(Build::sanitized));
}
