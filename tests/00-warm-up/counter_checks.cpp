#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "shared_counter.h"

using namespace judge;

/// Part B: SharedCounter, as far as one process at a time uses it. schedule_checks.cpp has the
/// rest.

namespace {

// Runs `body` in a child of the role, to its end. Here nothing of part A is needed.
template <class Body>
void in_a_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

ROLE(family) {
  lab::SharedCounter counter;
  const auto count = [&](std::string_view key) {
    for (auto n = me.number(key); n > 0; --n) counter.increment();
  };
  count("first");
  in_a_child([&] {
    me.report("child sees", counter.value());
    count("second");
    in_a_child([&] { count("third"); });
  });
  me.report("value", counter.value());
  me.report("next", counter.increment());
}

CHECK(SharedCounter, CountsAcrossFork, part('B'), behaviour, points(4),
      "what children count, their parent sees") {
  const auto number = [&] { return static_cast<std::int64_t>(random.between(1, 500)); };
  const std::int64_t first = number(), second = number(), third = number();
  const RunResult run = explore(
      Scenario()
          .with(Cast(family).give("first", first).give("second", second).give("third", third))
          .about("Sharing has to be asked for"));
  const RoleResult& role = run.only();
  if (role.last("child sees") != std::to_string(first)) {
    fail(Finding::wrong_result,
         "The process that made the counter added 1 " + std::to_string(first) +
             " times, and then a child that it forked saw " + role.last("child sees") + ".",
         "Sharing has to be asked for");
  }
  const std::int64_t sum = first + second + third;
  if (role.last("value") != std::to_string(sum)) {
    fail(Finding::wrong_result,
         "The process that made the counter added 1 " + std::to_string(first) +
             " times, then a child did " + std::to_string(second) + " times, and a child of that " +
             std::to_string(third) + " times, one after the other. The first process sees " +
             role.last("value") + ". Expected: " + std::to_string(sum) + "." +
             (role.last("value") == std::to_string(first)
                  ? " What the children wrote, they wrote into copies of their own."
                  : ""),
         "Sharing has to be asked for");
  }
  if (role.last("next") != std::to_string(sum + 1)) {
    fail(Finding::wrong_result,
         "The counter stood at " + std::to_string(sum) + ", and increment() returned " +
             role.last("next") + ". It returns the value to which it has brought the counter.",
         "Sharing has to be asked for");
  }
}

ROLE(owner_of_two) {
  auto first = std::make_unique<lab::SharedCounter>();
  for (auto n = me.number("first"); n > 0; --n) first->increment();
  lab::SharedCounter second;
  me.report("new", second.value());
  for (auto n = me.number("second"); n > 0; --n) second.increment();
  me.report("first", first->value());
  first.reset();
  me.report("second", second.value());
  lab::SharedCounter third;
  me.report("third", third.value());
}

CHECK(SharedCounter, EachCountsForItself, part('B'), behaviour, points(2),
      "a new counter stands at 0, and knows nothing of others") {
  const auto first = static_cast<std::int64_t>(random.between(1, 500));
  const auto second = first + static_cast<std::int64_t>(random.between(1, 500));
  const RunResult run =
      explore(Scenario().with(Cast(owner_of_two).give("first", first).give("second", second)));
  const RoleResult& role = run.only();
  const std::vector<std::string> got{role.last("new"), role.last("first"), role.last("second"),
                                     role.last("third")};
  const std::vector<std::string> expected{"0", std::to_string(first), std::to_string(second), "0"};
  if (got == expected) return;
  fail(Finding::wrong_result,
       "One counter was brought to " + std::to_string(first) + ", a second one to " +
           std::to_string(second) +
           ", the first was destroyed, and a third made. The second began "
           "with " +
           got[0] + "; afterwards the first stood at " + got[1] + ", the second at " + got[2] +
           ", and the third began with " + got[3] + ". Expected: " + joined(expected) + ".",
       "Sharing has to be asked for");
}

ROLE(without_memory) {
  lab::SharedCounter counter;
  me.report("value", counter.increment());
}

CHECK(SharedCounter, ThrowsWithoutMemory, part('B'), faults, points(3),
      "a counter for which there is no memory says so") {
  const int error = random.coin() ? ENOMEM : EAGAIN;
  const RunResult run =
      explore(Scenario()
                  .with(Cast(without_memory).fault({subject::call_map, 1, UINT32_MAX, error, 0}))
                  .may_throw()
                  .about("Sharing has to be asked for"));
  const RoleResult& role = run.only();
  if (role.how == "system-error" && role.error() == error) return;
  fail(role.faults.empty() ? Finding::wrong_mechanism : Finding::unhandled_fault,
       role.faults.empty()
           ? "The counter was made without mmap(2), so that it is no mapping that others share."
           : "mmap(2) failed with " + std::string(::strerrorname_np(error)) +
                 ", and the constructor " +
                 (role.how == "returned" ? "made a counter all the same."
                                         : "ended with " + role.what + ".") +
                 " It has to throw ipc::SystemError(\"mmap\"). What mmap returns then is "
                 "MAP_FAILED, and not a null pointer.",
       "Sharing has to be asked for");
}

ROLE(keeper) {
  auto* kept = new lab::SharedCounter;  // and never destroyed: the judge looks at what it is
  me.report("value", kept->increment());
}

CHECK(SharedCounter, IsAnAnonymousSharedMapping, part('B'), mechanism, points(3),
      "the counter lies in memory that is shared and has no name") {
  const RunResult run = explore(Scenario().with(Cast(keeper)).about("Sharing has to be asked for"));
  const RoleResult& role = run.only();
  if (role.last("value") != "1") {
    expect_work("The first increment() returned " + role.last("value") + ".");
  }
  if (role.mappings.size() == 1 && role.mappings[0].starts_with("anonymous shared memory") &&
      role.leaks.empty()) {
    return;
  }
  std::vector<std::string> found = role.mappings;
  for (const Leak& leak : role.leaks)
    found.push_back("descriptor " + std::to_string(leak.fd) + ", " + leak.object);
  fail(Finding::wrong_mechanism,
       "A process with one counter has, of things that it could share: " +
           (found.empty() ? "nothing" : joined(found)) +
           ". Expected: one anonymous shared mapping (mmap(2) with MAP_SHARED | MAP_ANONYMOUS and "
           "the descriptor -1).",
       "Sharing has to be asked for");
}

ROLE(maker_of_many) {
  for (int i = 0; i < 8; ++i) {
    lab::SharedCounter counter;
    for (int n = 0; n <= i; ++n) counter.increment();
    in_a_child([&] { counter.increment(); });
    me.report("value", counter.value());
  }
}

CHECK(SharedCounter, GivesItsMemoryBack, part('B'), hygiene, points(3),
      "a counter that is destroyed leaves nothing mapped, and no file") {
  const RunResult run = explore(Scenario().with(Cast(maker_of_many)));
  const RoleResult& role = run.only();
  if (!role.mappings.empty()) {
    fail(Finding::leak,
         "8 counters were made and destroyed, and still mapped is: " + joined(role.mappings) +
             ". What mmap(2) has brought, munmap(2) takes away, with the same size.",
         "Sharing has to be asked for");
  }
  if (!role.leaks.empty() || !run.litter.empty()) {
    fail(Finding::leak,
         "8 counters were made and destroyed, and there is still " +
             (run.litter.empty()
                  ? "descriptor " + std::to_string(role.leaks[0].fd) + ", " + role.leaks[0].object
                  : joined(run.litter)) +
             ".",
         "Sharing has to be asked for");
  }
  std::vector<std::string> expected;
  for (int i = 0; i < 8; ++i) expected.push_back(std::to_string(i + 2));
  if (role.all("value") != expected) {
    expect_work("The counters stood at " + joined(role.all("value")) +
                ". Expected: " + joined(expected) + ".");
  }
}
