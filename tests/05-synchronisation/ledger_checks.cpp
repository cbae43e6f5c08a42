#include <numeric>

#include "actors.h"
#include "common/judge/check.h"
#include "stage.h"

using namespace judge;
using namespace stage;

// Part B -----------------------------------------------------------------------------------------

ROLE(ledger_maker) { actors::make_ledger(me); }
ROLE(poster) { actors::use_ledger(me); }
ROLE(poster_2) { actors::use_ledger(me); }
ROLE(poster_3) { actors::use_ledger(me); }
ROLE(auditor) { actors::use_ledger(me); }
ROLE(doomed) { actors::use_ledger(me); }

namespace {

std::int64_t sum_of(const std::vector<std::int64_t>& amounts) {
  return std::accumulate(amounts.begin(), amounts.end(), std::int64_t{0});
}

// Some of them below zero.
[[maybe_unused]] std::vector<std::int64_t> amounts(Random& random, std::size_t count) {
  std::vector<std::int64_t> all = numbers(random, count);
  for (std::int64_t& amount : all) amount = random.coin() ? amount : -amount;
  return all;
}

std::vector<std::string> sorted(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return words;
}

std::vector<std::string> in_words(const std::vector<std::int64_t>& amounts) {
  std::vector<std::string> words;
  for (const std::int64_t amount : amounts) words.push_back(std::to_string(amount));
  return words;
}

}  // namespace

CHECK(Ledger, AddsUp, part('B'), behaviour, points(4),
      "count, sum and list are those of what was posted, and no more than fits") {
  const std::size_t each = random.between(3, 8);
  const std::vector<std::int64_t> all = amounts(random, 3 * each);
  const auto part_of = [&](std::size_t who) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(who * each);
    return std::vector<std::int64_t>(begin, begin + static_cast<std::ptrdiff_t>(each));
  };
  // They begin one after the other: only the order within each of them is known all the same.
  Acts acts({ledger_maker, poster, poster_2, poster_3, auditor});
  acts.then([&](Observer& seen) -> std::string {
    seen.let_go(auditor);
    return "";
  });
  const std::string posts(each, 'p');
  const RunResult run = explore(Scene(scratch(), random, ledger_maker, 3 * each)
                                    .with(poster, posts, part_of(0))
                                    .with(poster_2, posts, part_of(1))
                                    .with(poster_3, posts, part_of(2))
                                    .with(auditor, "wsrps", {1})
                                    .scenario("What is true while nobody is inside")
                                    .when_quiet([&](Observer& seen) { return acts(seen); })
                                    .may_be_killed());
  const RoleResult& saw = run.of(auditor);
  const std::vector<std::string> entries = saw.all("entries"), sums = saw.all("sum");
  const std::string situation =
      "Three processes posted " + std::to_string(each) + " amounts each. ";
  if (entries.empty() || entries[0] != std::to_string(3 * each)) {
    fail(Finding::wrong_result,
         situation + "Then `summary` said that there were " + saw.last("entries") + " entries.",
         "What is true while nobody is inside");
  }
  if (sums.empty() || sums[0] != std::to_string(sum_of(all))) {
    fail(Finding::wrong_result,
         situation + "Their sum is " + std::to_string(sum_of(all)) + ", and `summary` said " +
             (sums.empty() ? "nothing" : sums[0]) + ".",
         "What is true while nobody is inside");
  }
  const std::vector<std::string> listed = saw.all("amount");
  if (sorted(listed) != sorted(in_words(all))) {
    fail(Finding::wrong_result,
         situation + "`read` showed " + joined(listed) + ", and not " + joined(in_words(all)) + ".",
         "What is true while nobody is inside");
  }
  for (std::size_t who = 0; who < 3; ++who) {
    std::vector<std::string> mine = in_words(part_of(who));
    std::size_t next = 0;
    for (const std::string& amount : listed) {
      if (next < mine.size() && amount == mine[next]) ++next;
    }
    if (next < mine.size()) {
      fail(Finding::wrong_result,
           situation + "`read` shows the oldest entry first. One process posted " + joined(mine) +
               ", in this order, and `read` showed " + joined(listed) + ".",
           "What is true while nobody is inside");
    }
  }
  if (count(saw, "full") != 1) {
    fail(Finding::wrong_result,
         "The ledger has room for " + std::to_string(3 * each) +
             " entries, and they were in it. One more has to be refused with std::length_error; "
             "`post` came back as if it were in.",
         "What is true while nobody is inside");
  }
  if (entries.back() != entries[0] || sums.back() != sums[0]) {
    fail(Finding::wrong_result,
         "A full ledger refused an entry with std::length_error, and has changed all the same: " +
             entries.back() + " entries and the sum " + sums.back() + ", after " + entries[0] +
             " and " + sums[0] + ".",
         "What is true while nobody is inside");
  }
}

CHECK(Ledger, GoesOnWhenTheOwnerDies, part('B'), faults, points(4),
      "a process is killed inside: who waits goes on, and who comes later does, too") {
  const std::vector<std::int64_t> all = amounts(random, 4);
  Acts acts({ledger_maker, doomed, poster, poster_2, auditor});
  acts.then([&](Observer& seen) -> std::string {
        if (count(seen.so_far(doomed), "inside") == 0) {
          return "An entry was posted, and `read` does not show it.";
        }
        seen.let_go(poster);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (count(seen.so_far(poster), "posted") != 0) {
          return "A process is in the middle of `read`, and another one has posted. It has to "
                 "wait.";
        }
        seen.kill(doomed);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (!seen.finished(poster)) {
          return "A process was killed in the middle of `read`, with the lock. Another one waited "
                 "for "
                 "that lock, and still waits: a dead process never unlocks.";
        }
        seen.let_go(poster_2);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (!seen.finished(poster_2)) {
          return "A process was killed inside. The one that came after it went on, but the next "
                 "one "
                 "waits for ever.";
        }
        seen.let_go(auditor);
        return "";
      });
  const RunResult run = explore(Scene(scratch(), random, ledger_maker, random.between(4, 9))
                                    .with(doomed, "pi", {all[0]})
                                    .with(poster, "wp", {all[1]})
                                    .with(poster_2, "wpp", {all[2], all[3]})
                                    .with(auditor, "ws")
                                    .scenario("The owner is dead")
                                    .when_quiet([&](Observer& seen) { return acts(seen); })
                                    .may_be_killed()
                                    .may_throw());
  if (!acts.wrong().empty()) fail(Finding::deadlock, acts.wrong(), "The owner is dead");
  for (const Role role : {poster, poster_2, auditor}) {
    const RoleResult& result = run.of(role);
    if (result.how == "returned") continue;
    const std::string which =
        result.role == "poster" ? "The one who waited for the lock " : "A process that came later ";
    fail(Finding::unhandled_fault,
         "A process was killed in the middle of `read`, with the lock. " + which + "got " +
             (result.what.empty() ? "no answer" : "an exception: " + result.what) + "." +
             (result.error() == ENOTRECOVERABLE
                  ? " ENOTRECOVERABLE means: somebody has unlocked the mutex after EOWNERDEAD, and "
                    "has not called pthread_mutex_consistent before. Nobody can lock it any more."
                  : ""),
         "The owner is dead");
  }
  const RoleResult& saw = run.of(auditor);
  if (saw.last("entries") != "4" || saw.last("sum") != std::to_string(sum_of(all))) {
    fail(Finding::wrong_result,
         "Four entries were posted, and between the first and the second a process was killed that "
         "was only reading. Then there are " +
             saw.last("entries") + " entries with the sum " + saw.last("sum") +
             "; it should be 4 and " + std::to_string(sum_of(all)) + ".",
         "The owner is dead");
  }
}

CHECK(Ledger, KeepsNoLock, part('B'), hygiene, points(2),
      "who leaves by an exception leaves the lock behind unlocked") {
  const std::vector<std::int64_t> all = amounts(random, 2);
  Acts acts({ledger_maker, doomed, poster});
  acts.then([&](Observer& seen) -> std::string {
        seen.let_go(poster);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        // Who waits is one of the two; which, tells where.
        if (!seen.finished(doomed) && count(seen.so_far(doomed), "thrown") == 0) {
          return "A process wanted to post one entry more than fits, and then called `read` with a "
                 "function that throws. Nobody else does anything, and it does not come out of one "
                 "of the two: it waits for a lock that it has not given back itself.";
        }
        return "In one process `post` threw std::length_error, or a function that `read` had "
               "called "
               "threw. Since then another process waits for the ledger: its lock was not given "
               "back "
               "on that way out.";
      });
  const RunResult run = explore(Scene(scratch(), random, ledger_maker, 1)
                                    .with(doomed, "ppxw", all)
                                    .with(poster, "wsx")
                                    .scenario("Every way out")
                                    .when_quiet([&](Observer& seen) {
                                      if (seen.finished(poster) && !seen.finished(doomed)) {
                                        seen.let_go(doomed);
                                        return true;
                                      }
                                      return acts(seen);
                                    })
                                    .may_be_killed());
  if (!acts.wrong().empty()) fail(Finding::deadlock, acts.wrong(), "Every way out");
  if (count(run.of(doomed), "thrown") != 1 || count(run.of(poster), "thrown") != 1) {
    fail(Finding::wrong_result,
         "`read` has called a function that threw an exception. That has to come out of `read`.",
         "Every way out");
  }
  expect_work(count(run.of(doomed), "full") == 1 && run.of(poster).last("entries") == "1"
                  ? ""
                  : "A ledger with room for one entry was asked to take two.");
}
