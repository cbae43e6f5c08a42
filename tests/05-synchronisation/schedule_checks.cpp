#include <algorithm>
#include <numeric>

#include "actors.h"
#include "common/judge/check.h"
#include "stage.h"

using namespace judge;
using namespace stage;

/// What has to be right whoever is faster: the engine decides who runs, and tries one order after
/// the other.

// Part A: the bounded buffer ---------------------------------------------------------------------

ROLE(lays_out_buffer) { actors::make_buffer(me); }
ROLE(supplier) { actors::use_buffer(me); }
ROLE(supplier_2) { actors::use_buffer(me); }
ROLE(customer) { actors::use_buffer(me); }
ROLE(customer_2) { actors::use_buffer(me); }

namespace {

inline std::vector<std::string> in_words(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> words;
  for (const std::int64_t number : numbers) words.push_back(std::to_string(number));
  return words;
}

// What is wrong with what came out; "" for nothing. In which order several consumers took it cannot
// be told.
inline std::string wrong_items(std::vector<std::string> sent, std::vector<std::string> got) {
  std::sort(sent.begin(), sent.end());
  std::sort(got.begin(), got.end());
  if (got == sent) return "";
  std::vector<std::string> lost, extra;
  std::set_difference(sent.begin(), sent.end(), got.begin(), got.end(), std::back_inserter(lost));
  std::set_difference(got.begin(), got.end(), sent.begin(), sent.end(), std::back_inserter(extra));
  std::string text = "Put: " + joined(sent) + ". Taken: " + joined(got) + ".";
  if (!lost.empty()) text += " Lost: " + joined(lost) + ".";
  if (!extra.empty()) text += " Taken, and not put, or not so often: " + joined(extra) + ".";
  return text;
}

inline std::vector<std::string> together(std::vector<std::string> some,
                                         const std::vector<std::string>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

}  // namespace

CHECK(BoundedBuffer, LosesNothingInAnySchedule, part('A'), synchronisation, points(6),
      "one number for two consumers, and then the end: one gets it, whoever is faster") {
  const std::vector<std::int64_t> sent = numbers(random, 1);
  const Scene scene = Scene(scratch(), random, lays_out_buffer, 1)
                          .with(supplier, "pc", sent)
                          .with(customer, "t")
                          .with(customer_2, "t");
  const auto wrong = [&](const RunResult& run) {
    return wrong_items(in_words(sent),
                       together(run.of(customer).all("took"), run.of(customer_2).all("took")));
  };
  explore(
      {.count = 150}, [&] { return scene.scenario("Waiting for something to become true"); },
      wrong);
}

CHECK(BoundedBuffer, WakesTheRightOneInEverySchedule, part('A'), synchronisation, points(4),
      "two producers, two consumers: nobody sleeps while there is something to do") {
  const std::vector<std::int64_t> sent = numbers(random, 4);
  const Scene scene = Scene(scratch(), random, lays_out_buffer, 1)
                          .with(customer, "tt")
                          .with(customer_2, "tt")
                          .with(supplier, "pp", {sent[0], sent[1]})
                          .with(supplier_2, "pp", {sent[2], sent[3]});
  const auto wrong = [&](const RunResult& run) {
    return wrong_items(in_words(sent),
                       together(run.of(customer).all("took"), run.of(customer_2).all("took")));
  };
  explore(
      {.count = 150}, [&] { return scene.scenario("Whom to wake"); }, wrong);
}

// Part B: the ledger -----------------------------------------------------------------------------

ROLE(lays_out_ledger) { actors::make_ledger(me); }
ROLE(bookkeeper) { actors::use_ledger(me); }
ROLE(bookkeeper_2) { actors::use_ledger(me); }
ROLE(dies_inside) { actors::use_ledger(me); }
ROLE(repairs) {
  actors::wait_for_ends(me);
  actors::use_ledger(me);
}
ROLE(comes_last) {
  actors::wait_for_ends(me);
  actors::use_ledger(me);
}

namespace {

// Which of the amounts make up that sum: no two choices of them make the same. Nothing: none do.
inline std::optional<std::vector<std::size_t>> parts_of(std::int64_t sum,
                                                        const std::vector<std::int64_t>& amounts) {
  for (std::size_t choice = 0; choice < std::size_t{1} << amounts.size(); ++choice) {
    std::vector<std::size_t> parts;
    auto rest = static_cast<std::uint64_t>(sum);  // a claim may be any number
    for (std::size_t i = 0; i < amounts.size(); ++i) {
      if ((choice >> i & 1) == 0) continue;
      parts.push_back(i);
      rest -= static_cast<std::uint64_t>(amounts[i]);
    }
    if (rest == 0) return parts;
  }
  return std::nullopt;
}

// What is wrong with a ledger into which `amounts` were to be posted; "" for nothing.
inline std::string wrong_summary(const std::string& entries, const std::string& sum,
                                 const std::vector<std::int64_t>& amounts) {
  const std::int64_t told = std::atoll(sum.c_str());
  const auto parts = parts_of(told, amounts);
  const std::string situation =
      "`summary` said: " + entries + " entries, with the sum " + sum + ". ";
  if (!parts || std::to_string(told) != sum) {
    return situation + "But no choice of the amounts that were posted (" +
           joined(in_words(amounts)) + ") has that sum.";
  }
  if (std::to_string(parts->size()) != entries) {
    return situation + "But that is the sum of " + std::to_string(parts->size()) +
           " of the amounts that were posted.";
  }
  return "";
}

// The same for all that a role was told.
inline std::string wrong_summaries(const RoleResult& role,
                                   const std::vector<std::int64_t>& amounts) {
  const std::vector<std::string> entries = role.all("entries"), sums = role.all("sum");
  for (std::size_t i = 0; i < std::min(entries.size(), sums.size()); ++i) {
    const std::string text = wrong_summary(entries[i], sums[i], amounts);
    if (!text.empty()) return text;
  }
  return entries.empty() ? "Nobody was told what is in the ledger." : "";
}

// The same for a role that was told everything twice, and has posted `own` in between: "srps".
// @param surely  of the amounts, those that have to be in the ledger.
inline std::string wrong_at_last(const RoleResult& saw, const std::vector<std::int64_t>& amounts,
                                 const std::vector<std::int64_t>& surely, std::int64_t own) {
  std::string text = wrong_summaries(saw, amounts);
  if (!text.empty()) return text;
  const std::string at_last = " At last there are " + saw.last("entries") +
                              " entries, with the sum " + saw.last("sum") + ".";
  const auto parts = parts_of(std::atoll(saw.last("sum").c_str()), amounts);
  for (const std::int64_t amount : surely) {
    const auto is_it = [&](std::size_t i) { return amounts[i] == amount; };
    if (parts && std::any_of(parts->begin(), parts->end(), is_it)) continue;
    return "`post` returned for " + std::to_string(amount) + ", and it is not in the ledger." +
           at_last;
  }
  auto sum = static_cast<std::uint64_t>(own);
  std::size_t entries = 1;
  for (const std::string& amount : saw.all("amount")) {
    sum += static_cast<std::uint64_t>(std::atoll(amount.c_str()));
    ++entries;
  }
  const std::int64_t listed = static_cast<std::int64_t>(sum);
  if (std::to_string(listed) == saw.last("sum") && std::to_string(entries) == saw.last("entries")) {
    return "";
  }
  return "`read` showed " + joined(saw.all("amount")) + ", and then " + std::to_string(own) +
         " was posted." + at_last;
}

}  // namespace

CHECK(Ledger, KeepsCountAndSumTogether, part('B'), synchronisation, points(4),
      "count and sum belong together at any moment, whoever is faster") {
  const std::vector<std::int64_t> amounts = numbers(random, 3);
  const Scene scene = Scene(scratch(), random, lays_out_ledger, 4)
                          .with(bookkeeper, "pps", {amounts[0], amounts[1]})
                          .with(bookkeeper_2, "sps", {amounts[2]});
  const auto wrong = [&](const RunResult& run) -> std::string {
    std::string text = wrong_summaries(run.of(bookkeeper), amounts);
    if (text.empty()) text = wrong_summaries(run.of(bookkeeper_2), amounts);
    if (!text.empty()) return text;
    const std::string most =
        std::max(run.of(bookkeeper).last("entries"), run.of(bookkeeper_2).last("entries"));
    return most == "3"
               ? ""
               : "Three entries were posted, and whoever asked last was told of " + most + ".";
  };
  explore(
      {.count = 100}, [&] { return scene.scenario("What is true while nobody is inside"); }, wrong);
}

CHECK(Ledger, SurvivesADeathAnywhere, part('B'), faults, points(5),
      "a process is killed at any step: its entries are whole or not there, and others go on") {
  const std::vector<std::int64_t> amounts = numbers(random, 4);
  const std::vector<std::int64_t> dying{amounts[0], amounts[1]}, living{amounts[2], amounts[3]};
  const Scene scene = Scene(scratch(), random, lays_out_ledger, 5)
                          .with(bookkeeper, "pp", dying)
                          .with(bookkeeper_2, "sperps", living);
  const auto scenario = [&] {
    Scenario all = scene.scenario("The owner is dead");
    // Whoever ends, however it ends, closes what it has open.
    Channel over;
    all.roles.at(1).descriptors["over"] = std::move(over.write_end);
    all.roles.at(2).descriptors["over"] = std::move(over.read_end);
    return all;
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    std::vector<std::int64_t> surely = living;
    const std::size_t returned = run.of(bookkeeper).all("posted").size();
    for (std::size_t i = 0; i < std::min(returned, dying.size()); ++i) surely.push_back(dying[i]);
    const std::string text = wrong_at_last(run.of(bookkeeper_2), amounts, surely, living[1]);
    if (text.empty() || !run.of(bookkeeper).how.empty()) return text;
    return "`bookkeeper` was killed. " + text +
           " Whoever is told EOWNERDEAD has to make true again what is true while nobody is "
           "inside, "
           "wherever the dead one was.";
  };
  explore({.count = 220, .killed = bookkeeper}, scenario, wrong);
}

CHECK(Ledger, SurvivesTheDeathOfWhoRepairs, part('B'), faults, points(4),
      "a process is killed inside, and the next one while it repairs: the third finds all whole") {
  const std::vector<std::int64_t> amounts = numbers(random, 5);
  const std::vector<std::int64_t> before{amounts[0], amounts[1]};
  const Scene scene = Scene(scratch(), random, lays_out_ledger, 6)
                          .payload(before)
                          .with(dies_inside, "p", {amounts[2]})
                          .with(repairs, "p", {amounts[3]})
                          .with(comes_last, "srps", {amounts[4]});
  const auto scenario = [&] {
    Scenario all = scene.scenario("Who repairs may die, too");
    // They come one after the other, so that nothing is left to choose but when two of them die:
    // `repairs` waits for the end of `dies_inside`, and `comes_last` for that of both.
    Channel first, both;
    Cast& dying = all.roles.at(1);
    Cast& next = all.roles.at(2);
    Cast& last = all.roles.at(3);
    next.descriptors["both"] = ipc::UniqueFd(::fcntl(both.write_end.get(), F_DUPFD_CLOEXEC, 3));
    dying.descriptors["both"] = std::move(both.write_end);
    dying.descriptors["first"] = std::move(first.write_end);
    next.descriptors["over"] = std::move(first.read_end);
    last.descriptors["over"] = std::move(both.read_end);
    return all;
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    std::vector<std::int64_t> surely = before;
    surely.push_back(amounts[4]);
    if (!run.of(dies_inside).all("posted").empty()) surely.push_back(amounts[2]);
    if (!run.of(repairs).all("posted").empty()) surely.push_back(amounts[3]);
    const std::string text = wrong_at_last(run.of(comes_last), amounts, surely, amounts[4]);
    if (text.empty() || !run.of(repairs).how.empty()) return text;
    if (!run.of(dies_inside).how.empty()) return "`repairs` was killed. " + text;
    return "`dies_inside` was killed, and then `repairs`, which had to clear up after it. " + text +
           " Whoever dies repairing leaves the work to the next one, who is told EOWNERDEAD in "
           "his turn: until the last write of a repair, nothing may say that it is done, and "
           "nothing may be gone that it needs.";
  };
  explore({.count = 1'000, .preemptions = 0, .killed = {dies_inside, repairs}}, scenario, wrong);
}

// Part C: the readers-writer lock ----------------------------------------------------------------

ROLE(lays_out_lock) { actors::make_lock(me); }
ROLE(reader_a) { actors::use_lock(me); }
ROLE(reader_b) { actors::use_lock(me); }
ROLE(writer_a) { actors::use_lock(me); }
ROLE(writer_b) { actors::use_lock(me); }

CHECK(ReadersWriterLock, ExcludesInEverySchedule, part('C'), synchronisation, points(5),
      "readers and writers never meet inside, and everybody gets in, whoever is faster") {
  const std::vector<std::int64_t> amounts = numbers(random, 3);
  const Scene one_writer = Scene(scratch(), random, lays_out_lock, 0)
                               .with_data()
                               .with(writer_a, "LlLl", {amounts[0], amounts[1]})
                               .with(reader_a, "Rr")
                               .with(reader_b, "Rr");
  const auto wrong_pair = [&](const RunResult& run) -> std::string {
    const std::vector<std::string> seen =
        together(run.of(reader_a).all("read"), run.of(reader_b).all("read"));
    for (const std::string& both : seen) {
      const std::string first = both.substr(0, both.find(' '));
      if (both != first + " " + first) {
        return "A reader was inside and saw two numbers that a writer keeps equal: " + both + ".";
      }
    }
    return seen.size() == 2 ? "" : "A reader never got in.";
  };
  explore(
      {.count = 120}, [&] { return one_writer.scenario("Passing the baton"); }, wrong_pair);
  const Scene two_writers = Scene(scratch(), random, lays_out_lock, 0)
                                .with_data()
                                .with(writer_a, "LlLl", {amounts[0], amounts[1]})
                                .with(writer_b, "LlRr", {amounts[2]});
  const auto wrong_sum = [&](const RunResult& run) -> std::string {
    return run.of(writer_b).all("read").size() == 1 ? "" : "A process never got in as a reader.";
  };
  explore(
      {.count = 400}, [&] { return two_writers.scenario("Passing the baton"); }, wrong_sum);
}

// Part D: the bank -------------------------------------------------------------------------------

ROLE(lays_out_bank) { actors::make_bank(me); }
ROLE(teller_1) { actors::use_bank(me); }
ROLE(teller_2) { actors::use_bank(me); }
ROLE(teller_3) { actors::use_bank(me); }

namespace {

// The line of `transfer` and its like, and not that of what it calls to lock.
inline std::string place_of(const std::vector<Place>& stack) {
  if (stack.empty()) return "a line that is not known";
  const auto found = std::find_if(stack.begin(), stack.end(), [](const Place& place) {
    return place.text.find("Bank::") != std::string::npos;
  });
  const Place& place = found == stack.end() ? stack.front() : *found;
  return place.file + ":" + std::to_string(place.line);
}

// The conditions under which locks can deadlock (Coffman and others, 1971), each as it is here.
// @param waiters  a claim, as all that comes out of a submission
inline std::string four_conditions(const std::vector<Waiter>& waiters) {
  std::string held, waited, circle;
  for (const Waiter& one : waiters) {
    if (one.holder.empty()) return "";
    const std::string its = "`" + one.who + "`";
    held += "\n     `" + one.holder + "` has " + one.what + ", locked at " +
            place_of(one.held_from) + "; " + its + " cannot have it, too.";
    waited += "\n     " + its + " waits for " + one.what + " at " + place_of(one.where) +
              ", and keeps what it has.";
  }
  // Follow who waits for whom until somebody comes a second time.
  std::vector<std::string> met;
  std::string who = waiters.empty() ? "" : waiters.front().who;
  while (!who.empty() && std::find(met.begin(), met.end(), who) == met.end()) {
    met.push_back(who);
    const auto next = std::find_if(waiters.begin(), waiters.end(),
                                   [&](const Waiter& one) { return one.who == who; });
    who = next == waiters.end() ? "" : next->holder;
  }
  if (who.empty()) return "";
  const auto begin = std::find(met.begin(), met.end(), who);
  for (auto at = begin; at != met.end(); ++at) circle += "`" + *at + "` waits for ";
  circle += "`" + who + "`";
  return "A deadlock of locks takes four things at once, and here they are:\n  1. Mutual "
         "exclusion: "
         "a lock is one process's at a time." +
         held + "\n  2. Hold and wait:" + waited +
         "\n  3. No preemption: nobody takes a lock away from who has it; it would have to "
         "unlock, "
         "and it waits.\n  4. Circular wait: " +
         circle +
         ".\nTake away any one of the four, and it cannot happen. The fourth is the cheapest: let "
         "everybody lock in the same order.";
}

}  // namespace

CHECK(Bank, NeverDeadlocks, part('D'), synchronisation, points(6),
      "transfers there and back, and around a circle: somebody always goes on") {
  const std::vector<std::int64_t> balances{50, 50, 50};
  const auto amount = [&] { return static_cast<std::int64_t>(random.between(1, 20)); };
  struct Case {
    std::size_t accounts;
    std::uint64_t count;
  };
  for (const Case one : {Case{2, 60}, Case{3, 100}}) {
    const auto n = static_cast<std::int64_t>(one.accounts);
    const std::vector<std::int64_t> some(balances.begin(), balances.begin() + n);
    // Which of them begins is drawn.
    const auto first = static_cast<std::int64_t>(random.between(0, one.accounts - 1));
    const auto around = [&](std::int64_t who) {
      return std::vector<std::int64_t>{(first + who) % n, (first + who + 1) % n, amount()};
    };
    Scene scene(scratch(), random, lays_out_bank, one.accounts);
    scene.payload(some).with(teller_1, "T", around(0)).with(teller_2, "T", around(1));
    if (one.accounts == 3) scene.with(teller_3, "T", around(2));
    const auto wrong = [&](const RunResult& run) -> std::string {
      for (const Role role : {teller_1, teller_2}) {
        if (run.of(role).last("transfer") == "true") continue;
        return "There was enough money for each transfer, and one was answered with " +
               run.of(role).last("transfer") + ".";
      }
      return "";
    };
    explore(
        {.count = one.count, .about_deadlock = four_conditions},
        [&] { return scene.scenario("The four conditions"); }, wrong);
  }
}

CHECK(Bank, MakesAndLosesNoMoney, part('D'), synchronisation, points(4),
      "no money is spent twice, made or lost, whoever is faster") {
  const auto there = static_cast<std::int64_t>(random.between(50, 90));
  const auto other = static_cast<std::int64_t>(random.between(100, 900));
  const std::int64_t most = there - static_cast<std::int64_t>(random.between(0, 9));
  // Two transfers, of which either could be, and not both.
  const Scene spending = Scene(scratch(), random, lays_out_bank, 2)
                             .payload({there, other})
                             .with(teller_1, "Tt", {0, 1, most})
                             .with(teller_2, "T", {0, 1, most});
  const auto spent_twice = [&](const RunResult& run) -> std::string {
    std::size_t done = 0;
    for (const Role role : {teller_1, teller_2}) {
      if (run.of(role).last("transfer") == "true") ++done;
    }
    if (done == 1) return "";
    return "On account 0 were " + std::to_string(there) + ". Two processes wanted to transfer " +
           std::to_string(most) + " from there, each. " +
           (done == 2 ? "Both were told that they had." : "Neither was allowed to.");
  };
  explore(
      {.count = 80}, [&] { return spending.scenario("Looking is part of it"); }, spent_twice);
  // Money goes there and back while somebody counts all of it.
  const Scene counting = Scene(scratch(), random, lays_out_bank, 2)
                             .payload({there, other})
                             .with(teller_1, "TT", {0, 1, most, 1, 0, other})
                             .with(teller_2, "tt");
  const auto wrong_total = [&](const RunResult& run) -> std::string {
    const std::string all = std::to_string(there + other);
    const std::vector<std::string> totals = run.of(teller_2).all("total");
    for (const std::string& total : totals) {
      if (total != all) {
        return "In all there are " + all +
               ", whatever is transferred from one account to the other. `total` said " + total +
               ".";
      }
    }
    return totals.size() == 2 ? "" : "`total` says nothing.";
  };
  explore(
      {.count = 80}, [&] { return counting.scenario("All at one moment"); }, wrong_total);
}
