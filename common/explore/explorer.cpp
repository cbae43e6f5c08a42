#include "common/explore/explorer.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstring>
#include <exception>
#include <thread>

#include "common/explore/strategy.h"

namespace explore {

using interleave::Control;
using interleave::Outcome;
using interleave::Plan;

namespace {

/// So many runs are drafted before what came of the first of them is looked at, however many go
/// side by side: so the search is the same on any machine.
constexpr std::size_t batch = 32;

/// The strategies of a search, one after the other, each with its share of the schedules.
class Course {
 public:
  explicit Course(const Search& search) {
    const std::uint64_t all = search.schedules;
    const auto by_system = [&] { return systematic(search.preemptions, search.reduces); };
    switch (search.way) {
      case Way::mixed:
        // What has to be tried again and again to be found at all gets a part of its own.
        stages_.push_back({by_system(), all - all / 5});
        stages_.push_back({random_priorities(search.seed, 3), all / 10});
        stages_.push_back({random_walks(search.seed), all});
        break;
      case Way::systematic:
        stages_.push_back({by_system(), all});
        break;
      case Way::priorities:
        stages_.push_back({random_priorities(search.seed, 3), all});
        break;
      case Way::random:
        stages_.push_back({random_walks(search.seed), all});
        break;
    }
  }

  /// The next runs: none if the search is over.
  std::vector<Draft> next(std::uint64_t most) {
    std::vector<Draft> drafts;
    while (at_ < stages_.size()) {
      Stage& stage = stages_[at_];
      const std::uint64_t count = std::min<std::uint64_t>({most, stage.left, batch});
      while (drafts.size() < count) {
        std::optional<Draft> draft = stage.strategy->next();
        if (!draft) break;
        drafts.push_back(std::move(*draft));
      }
      stage.left -= drafts.size();
      if (!drafts.empty()) break;
      if (stage.strategy->tried_everything()) {
        at_ = stages_.size();
      } else {
        ++at_;
      }
    }
    return drafts;
  }

  void saw(const Draft& draft, const Run& run) { stages_[at_].strategy->saw(draft, run.decisions); }

  [[nodiscard]] int complete_up_to() const { return stages_.front().strategy->complete_up_to(); }
  [[nodiscard]] bool tried_everything() const {
    return stages_.front().strategy->tried_everything();
  }

 private:
  struct Stage {
    std::unique_ptr<Strategy> strategy;
    std::uint64_t left;
  };
  std::vector<Stage> stages_;
  std::size_t at_ = 0;
};

void set_rules(Plan& plan, const Search& search) {
  plan.weak_memory = search.weak_memory;
  plan.spurious = search.spurious;
  plan.faults = search.faults;
  plan.victims = 0;
  plan.deaths_are_rare = search.kill.size() < 2;
  for (const std::uint32_t number : search.kill) {
    if (number < interleave::most_threads) plan.victims |= std::uint64_t{1} << number;
  }
}

Decisions decisions_of(const Control& run) {
  const std::size_t count = std::min<std::size_t>(run.decisions, interleave::most_decisions);
  return {run.decision, run.decision + count};
}

/// The same failure, at the same place.
struct Failure {
  Outcome outcome;
  std::uint32_t path, other_path;
  explicit Failure(const Control& run)
      : outcome(run.verdict.outcome),
        path(std::min(run.verdict.path, run.verdict.other_path)),
        other_path(std::max(run.verdict.path, run.verdict.other_path)) {}
  bool operator==(const Failure&) const = default;
};

}  // namespace

Explorer::Explorer(const std::filesystem::path& file, const std::vector<std::string>& arguments,
                   int side_by_side)
    : Explorer(file.string(), in_the_open(file, arguments), side_by_side) {}

Explorer::Explorer(const std::string& name, const Start& start, int side_by_side) {
  // All of them by this thread: they end when who started them ends.
  for (int i = 0; i < std::max(1, side_by_side); ++i) {
    programs_.push_back(std::make_unique<Program>(name, start));
  }
}

Run Explorer::run(Program& program, const Search& search, const Draft& draft) const {
  Plan& plan = program.plan();
  set_rules(plan, search);
  plan.tail = draft.tail;
  plan.seed = draft.seed;
  plan.depth = draft.depth;
  plan.expected_steps = draft.expected_steps;
  plan.forced = static_cast<std::uint32_t>(draft.choices.size());
  std::copy(draft.choices.begin(), draft.choices.end(), plan.choices);
  plan.turns = static_cast<std::uint32_t>(draft.turns.size());
  std::copy(draft.turns.begin(), draft.turns.end(), plan.turn);
  program.run();
  Run run;
  run.outcome = program.control().verdict.outcome;
  run.steps = program.control().steps;
  run.slept = program.control().now;
  run.decisions = decisions_of(program.control());
  if (keeps_output_) run.output = program.output();
  if (keeps_output_ || judgement_) {
    run.reports = program.reports();
    const Control& control = program.control();
    for (std::size_t i = 0; i < std::min<std::size_t>(control.processes, interleave::most_threads);
         ++i) {
      run.statuses.push_back(control.process[i].status);
    }
  }
  return run;
}

std::string Explorer::judge(const Run& run) const {
  return judgement_ && run.outcome == Outcome::finished ? judgement_(run) : "";
}

std::vector<Run> Explorer::run_all(const Search& search, const std::vector<Draft>& drafts) {
  std::vector<Run> runs(drafts.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::exception_ptr> problems(programs_.size());
  const auto work = [&](std::size_t who) {
    try {
      for (std::size_t i = next++; i < drafts.size(); i = next++) {
        runs[i] = run(*programs_[who], search, drafts[i]);
        // The watchdog goes by the clock, and a machine that is busy enough lets nobody run for
        // seconds: what it has ended is tried once more before it is believed.
        if (runs[i].outcome == Outcome::stuck) runs[i] = run(*programs_[who], search, drafts[i]);
      }
    } catch (...) {
      problems[who] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(programs_.size(), drafts.size()); ++i) {
      others.emplace_back(work, i);
    }
    work(0);
  }
  for (const std::exception_ptr& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
  return runs;
}

Run Explorer::replay(const Search& search, const std::vector<std::uint8_t>& choices) {
  Draft draft;
  draft.choices = choices;
  draft.seed = search.seed;
  return run(program(), search, draft);
}

Run Explorer::perform(const Search& search, const std::vector<interleave::Turn>& turns) {
  Draft draft;
  draft.tail = interleave::Tail::turns;
  draft.turns = turns;
  draft.seed = search.seed;
  return run(program(), search, draft);
}

// Takes back one choice after the other that is not the cheapest, as long as it goes on failing in
// the same way. What the tail of a run does by itself need not be told.
// @returns what is wrong with the run, if that is for others to say.
std::string Explorer::shrink(const Search& search, std::vector<std::uint8_t>& choices) {
  const bool was_judged = !judge(replay(search, choices)).empty();
  const Failure failure(program().control());
  const auto rarities = [](const std::vector<std::uint8_t>& list) {
    return std::count_if(list.begin(), list.end(), [](std::uint8_t c) { return c != 0; });
  };
  // Whether a run that begins with these goes wrong, too, and is no more trouble to explain.
  const auto is_better = [&](const std::vector<std::uint8_t>& fewer) {
    const Run now_run = replay(search, fewer);
    if (Failure(program().control()) != failure) return false;
    if (was_judged && judge(now_run).empty()) return false;
    std::vector<std::uint8_t> now = choices_of(decisions_of(program().control()));
    if (rarities(now) >= rarities(choices)) return false;
    choices = std::move(now);
    return true;
  };
  // From behind: most of what came before a failure had to.
  int tries = 200;
  for (std::size_t i = choices.size(); i > 0 && tries > 0; --i) {
    if (i > choices.size()) continue;
    if (choices[i - 1] == 0) continue;
    std::vector<std::uint8_t> fewer(choices.begin(),
                                    choices.begin() + static_cast<std::ptrdiff_t>(i - 1));
    tries -= 2;
    if (is_better(fewer)) continue;
    fewer = choices;
    fewer[i - 1] = 0;
    is_better(fewer);
  }
  while (!choices.empty() && choices.back() == 0) choices.pop_back();
  return judge(replay(search, choices));
}

Found Explorer::search(const Search& search, const std::function<bool(const Run&)>& each) {
  Found found;
  Course course(search);
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::steady_clock::now() - begin; };
  bool goes_on = true;
  while (goes_on && found.schedules < search.schedules) {
    if (search.limit && elapsed() > *search.limit) break;
    const std::vector<Draft> drafts = course.next(search.schedules - found.schedules);
    if (drafts.empty()) break;
    const std::vector<Run> runs = run_all(search, drafts);
    for (std::size_t i = 0; goes_on && i < runs.size(); ++i) {
      ++found.schedules;
      if (each && !each(runs[i])) goes_on = false;
      if (runs[i].outcome != Outcome::finished || !judge(runs[i]).empty()) {
        found.choices = choices_of(runs[i].decisions);
        found.wrong = shrink(search, found.choices);
        Control& last = program().control();
        if (last.verdict.outcome == Outcome::finished && found.wrong.empty()) {
          last.verdict.outcome = Outcome::diverged;
          std::strcpy(last.verdict.text,
                      "a run went wrong, and did not when the same was run again. What it does "
                      "depends on more than its schedule.");
        }
        found.outcome = last.verdict.outcome;
        found.cost = last.cost;
        goes_on = false;
      }
      course.saw(drafts[i], runs[i]);
    }
  }
  if (!found.failed()) {
    found.complete_up_to = course.complete_up_to();
    found.everything = course.tried_everything();
  }
  found.seconds = std::chrono::duration<double>(elapsed()).count();
  return found;
}

std::string to_id(const std::vector<std::uint8_t>& choices) {
  // Most choices are 0, and not told but counted: "12.1-3.2" is 1 after twelve of them, and then,
  // after three more, 2. No shell needs quotes for that.
  std::string id;
  std::size_t zeros = 0;
  for (const std::uint8_t choice : choices) {
    if (choice == 0) {
      ++zeros;
      continue;
    }
    id += (id.empty() ? "" : "-") + std::to_string(zeros) + "." + std::to_string(choice);
    zeros = 0;
  }
  return id.empty() ? "0" : id;
}

std::optional<std::vector<std::uint8_t>> from_id(const std::string& id) {
  std::vector<std::uint8_t> choices;
  if (id == "0") return choices;
  const char* at = id.data();
  const char* const end = at + id.size();
  const auto number = [&](std::uint32_t least, std::uint32_t most) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    const auto [rest, error] = std::from_chars(at, end, value);
    if (error != std::errc{} || value < least || value > most) return std::nullopt;
    at = rest;
    return value;
  };
  const auto is_next = [&](char c) { return at != end && *at == c && (++at, true); };
  do {
    const auto zeros = number(0, interleave::most_decisions);
    if (!zeros || !is_next('.')) return std::nullopt;
    const auto choice = number(1, 255);
    if (!choice || choices.size() + *zeros >= interleave::most_decisions) return std::nullopt;
    choices.insert(choices.end(), *zeros, 0);
    choices.push_back(static_cast<std::uint8_t>(*choice));
  } while (is_next('-'));
  if (at != end) return std::nullopt;
  return choices;
}

}  // namespace explore
