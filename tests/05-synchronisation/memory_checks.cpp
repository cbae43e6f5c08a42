// The checks that run the build with AddressSanitizer and UndefinedBehaviorSanitizer, and their
// roles: no other file's are in that build. They stand last, because it takes longest to compile.
//
// The memory that a role gets ends where its mapping ends, and behind that is a page that nobody
// may touch: what is written too far ends the process at once. If it cannot end there, because an
// object begins at a multiple of 64, the rest is poisoned.

#include <algorithm>

#include "actors.h"
#include "common/judge/check.h"
#include "stage.h"

using namespace judge;
using namespace stage;

ROLE(carves_buffer) { actors::make_buffer(me); }
ROLE(fills) { actors::use_buffer(me); }
ROLE(empties) { actors::use_buffer(me); }
ROLE(carves_ledger) { actors::make_ledger(me); }
ROLE(books) { actors::use_ledger(me); }
ROLE(carves_lock) { actors::make_lock(me, 0); }
ROLE(goes_in_and_out) { actors::use_lock(me, 0); }
ROLE(comes_and_goes) { actors::use_lock(me, 0); }
ROLE(carves_bank) { actors::make_bank(me); }
ROLE(banks) { actors::use_bank(me); }

namespace {

// What a role has left behind, in a sentence; "" for nothing.
std::string traces(const RunResult& run) {
  for (const RoleResult& role : run.roles) {
    if (!role.leaks.empty()) {
      return "At the end `" + role.role +
             "` has a descriptor open that was not there before: " + role.leaks.front().object +
             ".";
    }
    if (role.threads > 1) return "At the end `" + role.role + "` has more than one thread.";
    if (!role.children.empty()) return "At the end `" + role.role + "` has child processes.";
  }
  // The region itself has no other name.
  if (run.litter.size() > 1) {
    return "Files were left behind: " + joined(run.litter) + ". The memory is all that is needed.";
  }
  return "";
}

}  // namespace

CHECK(BoundedBuffer, StaysInItsMemory, part('A'), hygiene, points(3),
      "the buffer needs the memory that it asked for, and nothing else") {
  for (const std::size_t capacity : {std::size_t{1}, random.between(2, 40), std::size_t{1000}}) {
    const std::size_t count = 2 * capacity + 1;
    std::vector<std::int64_t> sent;
    for (std::size_t i = 0; i < count; ++i) {
      sent.push_back(static_cast<std::int64_t>(random.next() >> 1));
    }
    const RunResult run = explore(Scene(scratch(Build::sanitized), random, carves_buffer, capacity)
                                      .with(fills, std::string(count, 'p') + "c", sent)
                                      .with(empties, "T")
                                      .scenario("What lies in the memory")
                                      .on(Build::sanitized));
    const std::string text = traces(run);
    if (!text.empty()) fail(Finding::leak, text, "What lies in the memory");
    const std::vector<std::string> got = run.of(empties).all("took");
    bool all = got.size() == count;
    for (std::size_t i = 0; all && i < count; ++i) all = got[i] == std::to_string(sent[i]);
    expect_work(all ? "" : "What was put did not come out.");
  }
}

CHECK(Ledger, StaysInItsMemory, part('B'), hygiene, points(2),
      "the ledger needs the memory that it asked for, and nothing else") {
  for (const std::size_t capacity : {std::size_t{1}, random.between(2, 40), std::size_t{600}}) {
    const std::vector<std::int64_t> ones(capacity + 1, 1);
    const RunResult run = explore(Scene(scratch(Build::sanitized), random, carves_ledger, capacity)
                                      .with(books, std::string(capacity + 1, 'p') + "s", ones)
                                      .scenario("What is true while nobody is inside")
                                      .on(Build::sanitized));
    const std::string text = traces(run);
    if (!text.empty()) fail(Finding::leak, text, "What lies in the memory");
    expect_work(run.of(books).last("sum") == std::to_string(capacity) ? "" : "The sum is wrong.");
  }
}

CHECK(ReadersWriterLock, StaysInItsMemory, part('C'), hygiene, points(2),
      "the lock needs the memory that it asked for, and nothing else") {
  const std::string script = "RrLlRrLl";
  const RunResult run = explore(Scene(scratch(Build::sanitized), random, carves_lock, 0)
                                    .with(goes_in_and_out, script)
                                    .with(comes_and_goes, script)
                                    .scenario("Passing the baton")
                                    .on(Build::sanitized));
  const std::string text = traces(run);
  if (!text.empty()) fail(Finding::leak, text, "What lies in the memory");
  const std::size_t times =
      count(run.of(goes_in_and_out), "out") + count(run.of(comes_and_goes), "out");
  expect_work(times == script.size() ? "" : "Not everybody who wanted to get in came out again.");
}

CHECK(Bank, StaysInItsMemory, part('D'), hygiene, points(2),
      "the bank needs the memory that it asked for, and nothing else") {
  for (const std::size_t accounts : {std::size_t{2}, random.between(3, 90)}) {
    const auto last = static_cast<std::int64_t>(accounts) - 1;
    const RunResult run = explore(Scene(scratch(Build::sanitized), random, carves_bank, accounts)
                                      .payload(std::vector<std::int64_t>(accounts, 5))
                                      .with(banks, "TTTt", {0, last, 5, last, 0, 7, last, last, 1})
                                      .scenario("A lock for each account")
                                      .on(Build::sanitized));
    const std::string text = traces(run);
    if (!text.empty()) fail(Finding::leak, text, "What lies in the memory");
    expect_work(
        run.of(banks).last("total") == std::to_string(5 * accounts) ? "" : "The total is wrong.");
  }
}
