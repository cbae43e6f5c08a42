#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "shared_counter.h"

using namespace judge;

/// What has to be right whoever is faster: here the engine decides who runs.

// Forks `children`, each of which adds `times`, and ends with the last number that it got.
ROLE(parent) {
  lab::SharedCounter counter;
  const auto children = me.number("children"), times = me.number("times");
  for (auto i = children; i > 0; --i) {
    if (::fork() != 0) continue;
    long got = 0;
    for (auto n = times; n > 0; --n) got = counter.increment();
    ::_exit(static_cast<int>(got));
  }
  for (int status = 0; ::wait(&status) > 0;) {
    if (WIFEXITED(status)) me.report("number", static_cast<std::int64_t>(WEXITSTATUS(status)));
  }
  me.report("value", counter.value());
}

CHECK(SharedCounter, LosesNothingInAnySchedule, part('B'), synchronisation, points(8),
      "no addition is lost, whichever process is faster") {
  const auto times = static_cast<std::int64_t>(random.between(2, 3));
  const auto scenario = [&] {
    return Scenario()
        .with(Cast(parent).give("children", std::int64_t{2}).give("times", times))
        .about("The lost update");
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    const std::string value = run.of(parent).last("value");
    if (value == std::to_string(2 * times)) return "";
    return "Two children called increment() " + std::to_string(times) +
           " times each, and the counter stands at " + value + ".";
  };
  explore({}, scenario, wrong);
}

CHECK(SharedCounter, GivesEachNumberOnce, part('B'), synchronisation, points(5),
      "no two calls of increment() return the same") {
  const auto scenario = [&] {
    return Scenario()
        .with(Cast(parent).give("children", std::int64_t{3}).give("times", std::int64_t{1}))
        .about("The lost update");
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    std::vector<std::string> numbers = run.of(parent).all("number");
    std::sort(numbers.begin(), numbers.end());
    if (numbers == std::vector<std::string>{"1", "2", "3"}) return "";
    return "Three children called increment() once each, and it returned " + joined(numbers) +
           ". It has to return the value that the call itself brought the counter to.";
  };
  explore({}, scenario, wrong);
}
