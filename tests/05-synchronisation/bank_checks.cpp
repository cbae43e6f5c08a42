#include <algorithm>
#include <numeric>

#include "actors.h"
#include "common/judge/check.h"
#include "stage.h"

using namespace judge;
using namespace stage;

// Part D -----------------------------------------------------------------------------------------

ROLE(bank_maker) { actors::make_bank(me); }
ROLE(clerk) { actors::use_bank(me); }
ROLE(clerk_2) { actors::use_bank(me); }
ROLE(clerk_3) { actors::use_bank(me); }

namespace {

struct Transfer {
  std::int64_t from, to, amount;
  std::string answer;  // that is expected
};

std::vector<std::int64_t> in_numbers(const std::vector<Transfer>& transfers) {
  std::vector<std::int64_t> all;
  for (const Transfer& t : transfers) all.insert(all.end(), {t.from, t.to, t.amount});
  return all;
}

std::string in_words(const Transfer& t) {
  return "transfer(" + std::to_string(t.from) + ", " + std::to_string(t.to) + ", " +
         std::to_string(t.amount) + ")";
}

std::string in_words(const std::vector<std::int64_t>& balances) {
  std::string text;
  for (const std::int64_t balance : balances) text += std::to_string(balance) + " ";
  return text;
}

}  // namespace

CHECK(Bank, MovesMoney, part('D'), behaviour, points(5),
      "transfer moves the amount, or nothing if that is not there") {
  const auto count = static_cast<std::int64_t>(random.between(3, 6));
  std::vector<std::int64_t> balances = numbers(random, static_cast<std::size_t>(count));
  const std::vector<std::int64_t> at_first = balances;
  const auto some_account = [&] {
    return static_cast<std::int64_t>(random.between(0, static_cast<std::size_t>(count) - 1));
  };
  std::vector<Transfer> transfers;
  const auto add = [&](std::int64_t from, std::int64_t to, std::int64_t amount) {
    auto& source = balances[static_cast<std::size_t>(from)];
    const bool is_there = source >= amount;
    if (is_there) {
      source -= amount;
      balances[static_cast<std::size_t>(to)] += amount;
    }
    transfers.push_back({from, to, amount, is_there ? "true" : "false"});
  };
  const auto richest = [&] {
    return std::max_element(balances.begin(), balances.end()) - balances.begin();
  };
  for (std::size_t i = 0; i < 12; ++i) {
    const std::int64_t from = some_account(), to = some_account();
    const std::int64_t there = balances[static_cast<std::size_t>(from)];
    const auto some = static_cast<std::int64_t>(random.between(0, static_cast<std::size_t>(there)));
    switch (i % 4) {
      case 0:
        add(from, to, there);  // all of it
        break;
      case 1:
        add(from, to, there + 1);
        break;
      case 2:
        add(richest(), richest(), 1 + some / 2);  // to itself
        add(from, from, there + 1);
        break;
      default:
        add(from, to, some);
        break;
    }
  }
  transfers.push_back({0, count, 1, "std::out_of_range"});
  transfers.push_back({count, 0, 1, "std::out_of_range"});
  transfers.push_back({0, 1, -1, "std::invalid_argument"});
  const RunResult run =
      explore(Scene(scratch(), random, bank_maker, static_cast<std::size_t>(count))
                  .payload(at_first)
                  .with(clerk, std::string(transfers.size(), 'T') + "bt", in_numbers(transfers))
                  .scenario("One account, or the same twice"));
  const std::string situation =
      "There are " + std::to_string(count) + " accounts with " + in_words(at_first) + "at first. ";
  const std::vector<std::string> answers = run.of(clerk).all("transfer");
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    const std::string answer = i < answers.size() ? answers[i] : "nothing";
    if (answer == transfers[i].answer) continue;
    fail(Finding::wrong_result,
         situation + in_words(transfers[i]) + ", the " + std::to_string(i + 1) +
             ". of a row of transfers, has to come back with " + transfers[i].answer +
             ", and came back with " + answer + ".",
         "One account, or the same twice");
  }
  if (run.of(clerk).last("balances") != in_words(balances)) {
    fail(Finding::wrong_result,
         situation + "After " + std::to_string(transfers.size()) + " transfers it should be " +
             in_words(balances) + "and it is " + run.of(clerk).last("balances") + ".",
         "One account, or the same twice");
  }
  const std::int64_t total = std::accumulate(balances.begin(), balances.end(), std::int64_t{0});
  if (run.of(clerk).last("total") != std::to_string(total)) {
    fail(Finding::wrong_result,
         situation + "In all that is " + std::to_string(total) + ", and `total` says " +
             run.of(clerk).last("total") + ".",
         "One account, or the same twice");
  }
}

CHECK(Bank, KeepsNoLockOnAnError, part('D'), faults, points(4),
      "a transfer that is refused leaves no lock behind, whatever the reason") {
  struct Case {
    std::string script;
    std::vector<std::int64_t> numbers;
    std::string what;
  };
  const std::vector<std::int64_t> balances = numbers(random, 3);
  for (const Case& one :
       {Case{"T",
             {0, 1, balances[0] + 1},
             "had refused a transfer because there was not enough money"},
        Case{"T",
             {1, 0, balances[1] + 1},
             "had refused a transfer because there was not enough money"},
        Case{"T", {0, 0, balances[0] + 1}, "had refused a transfer from an account to itself"},
        Case{"T", {0, 3, 1}, "had thrown std::out_of_range, because there is no account 3"},
        Case{"T", {3, 0, 1}, "had thrown std::out_of_range, because there is no account 3"},
        Case{
            "T", {1, 0, -1}, "had thrown std::invalid_argument, because the amount was below zero"},
        Case{"X", {0}, "had called a function, in `inspect`, that threw"}}) {
    Acts acts({bank_maker, clerk, clerk_2});
    acts.then([&](Observer& seen) -> std::string {
          if (count(seen.so_far(clerk), "ready") == 0) {
            return "A transfer that has to be refused does not come back. Nobody else does "
                   "anything: "
                   "it waits for a lock that it has itself.";
          }
          seen.let_go(clerk_2);
          return "";
        })
        .then([&](Observer& seen) -> std::string {
          if (!seen.finished(clerk_2)) {
            return "The bank " + one.what +
                   ". That process does nothing any more; and another one, "
                   "which wants to transfer between the accounts 0 and 1, waits for ever: a lock "
                   "was "
                   "not given back on that way out.";
          }
          seen.let_go(clerk);
          return "";
        });
    const RunResult run = explore(Scene(scratch(), random, bank_maker, 3)
                                      .payload(balances)
                                      .with(clerk, one.script + "w", one.numbers)
                                      .with(clerk_2, "wTTb", {0, 1, 1, 1, 0, 1})
                                      .scenario("Every way out")
                                      .when_quiet([&](Observer& seen) { return acts(seen); })
                                      .may_be_killed());
    if (!acts.wrong().empty()) fail(Finding::deadlock, acts.wrong(), "Every way out");
    expect_work(run.of(clerk_2).last("balances") == in_words(balances)
                    ? ""
                    : "One was transferred there and back, and the balances were " +
                          in_words(balances) + ", and are " + run.of(clerk_2).last("balances") +
                          ".");
  }
}

CHECK(Bank, LocksNoOtherAccount, part('D'), mechanism, points(4),
      "each account has its own lock: who uses others does not wait") {
  const std::vector<std::int64_t> balances = numbers(random, 4);
  const auto held = static_cast<std::int64_t>(random.between(0, 3));
  const std::int64_t a = (held + 1) % 4, b = (held + 2) % 4, c = (held + 3) % 4;
  const std::string situation =
      "A process inspects account " + std::to_string(held) + " of 4, and has its lock. ";
  Acts acts({bank_maker, clerk, clerk_2, clerk_3});
  acts.then([&](Observer& seen) -> std::string {
        if (count(seen.so_far(clerk), "inside") == 0) return "`inspect` never calls the function.";
        seen.let_go(clerk_2);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (!seen.finished(clerk_2)) {
          return situation + "Another one transfers between " + std::to_string(a) + ", " +
                 std::to_string(b) + " and " + std::to_string(c) +
                 ", and waits: some lock is one for several accounts.";
        }
        seen.let_go(clerk_3);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (count(seen.so_far(clerk_3), "transfer") != 0) {
          return situation + "Another one transfers from this account, and does not wait for it.";
        }
        seen.let_go(clerk);
        return "";
      });
  const RunResult run = explore(Scene(scratch(), random, bank_maker, 4)
                                    .payload(balances)
                                    .with(clerk, "I", {held})
                                    .with(clerk_2, "wTTT", {a, b, 1, b, c, 1, c, a, 1})
                                    .with(clerk_3, "wT", {held, a, 1})
                                    .scenario("A lock for each account")
                                    .when_quiet([&](Observer& seen) { return acts(seen); })
                                    .may_be_killed());
  if (!acts.wrong().empty()) {
    fail(Finding::wrong_mechanism, acts.wrong(), "A lock for each account");
  }
  const std::string seen = run.of(clerk).last("inside");
  expect_work(seen == std::to_string(balances[static_cast<std::size_t>(held)])
                  ? ""
                  : "The balance was " + std::to_string(balances[static_cast<std::size_t>(held)]) +
                        ", and `inspect` showed " + seen + ".");
}
