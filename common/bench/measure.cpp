/// Measures ways for messages between two processes, beside each other in one run:
///
///     measure [--goals] [--json FILE] [--cpus 0,1] [--rounds 11] [--only REGEX]
///
/// Google Benchmark decides how often each has to be repeated, and calls them in turn, in an order
/// that is drawn for each round. What is in one measurement is told in pair.h.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/bench/goals.h"
#include "common/bench/machine.h"
#include "common/bench/pair.h"
#include "common/bench/results.h"
#include "common/bench/transports.h"

namespace {

using namespace bench;

struct Options {
  std::vector<int> cpus;
  int rounds = 11;
  double seconds = 0.02;
  std::size_t buffer = 1024;
  std::string only = ".";
  std::string json;
  bool goals = false;
  bool list = false;
};

const std::vector<std::size_t> payloads{8, 64, 1024, 4096, 64 * 1024, 1024 * 1024};

std::string name_of(const Case& which) {
  return fmt::format("{}{}/{}/{}", which.one_core ? "one-core-" : "", kind_in_words(which.kind),
                     which.transport, which.payload);
}

/// All that there is to measure.
std::vector<Case> all_cases(const std::vector<Transport>& transports, const Cpus& cpus) {
  std::vector<Case> cases;
  const bool one_core = cpus.first == cpus.second;
  for (const Transport& transport : transports) {
    for (const Kind kind : {Kind::rate, Kind::trip}) {
      for (const std::size_t payload : payloads) {
        if (transport.can(kind, payload)) cases.push_back({kind, transport.name, payload});
      }
    }
    if (one_core) continue;
    if (transport.can(Kind::asleep, 64)) cases.push_back({Kind::asleep, transport.name, 64});
    for (const char* name : {"ring", "channel", "pipe"}) {
      if (transport.name != name) continue;
      cases.push_back({Kind::rate, transport.name, 64, true});
      cases.push_back({Kind::trip, transport.name, 64, true});
    }
  }
  return cases;
}

/// Those that were asked for, or the first two.
Cpus choose_cpus(const std::vector<int>& wanted) {
  const std::vector<int> usable = usable_cpus();
  if (wanted.empty()) {
    if (usable.size() < 2) {
      throw std::runtime_error(
          "two processors are needed and there is one. To measure what two "
          "processes do on one, say --cpus 0,0");
    }
    return {usable[0], usable[1]};
  }
  for (const int cpu : wanted) {
    if (std::find(usable.begin(), usable.end(), cpu) == usable.end()) {
      throw std::runtime_error(fmt::format("processor {} is not one of those that may be used: {}",
                                           cpu, fmt::join(usable, ", ")));
    }
  }
  return {wanted[0], wanted[1]};
}

/// Google Benchmark's own words go nowhere: medians over its rounds are in Results.
class Silent : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

/// The last line of a terminal, written again and again.
class Progress {
 public:
  void show(const std::string& what) const {
    if (is_terminal_) fmt::print(stderr, "\r\033[K{}", what.substr(0, 79));
  }
  void clear() const {
    if (is_terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
};

/// @returns what has failed, a line each.
std::vector<std::string> run(const std::vector<Case>& cases, const Cpus& cpus,
                             const Options& options, Results& results) {
  std::vector<std::string> failures;
  const Progress progress;
  std::size_t calls = 0;
  for (const Case& which : cases) {
    const Transport* transport = nullptr;
    for (const Transport& each : results.transports()) {
      if (each.name == which.transport) transport = &each;
    }
    const std::string name = name_of(which);
    const auto body = [&, transport, which, name, failed = false,
                       settled = std::uint64_t{0}](benchmark::State& state) mutable {
      if (failed) return state.SkipWithError("it has failed before");
      progress.show(fmt::format("{:6}  {}", ++calls, name));
      const auto count = static_cast<std::uint64_t>(state.max_iterations);
      Job job{.transport = transport,
              .kind = which.kind,
              .payload = which.payload,
              .count = count,
              .cpus = which.one_core ? Cpus{cpus.first, cpus.first} : cpus,
              .buffer = options.buffer * 1024};
      try {
        const Measured measured = measure(job);
        double seconds = measured.seconds;
        // Google Benchmark looks for a count that takes long enough and stays with it. One that
        // took long because of other work would spoil all rounds: so it has to do so three times.
        for (int again = 0; again < 2 && count != settled && seconds >= options.seconds; ++again) {
          seconds = std::min(seconds, measure(job).seconds);
        }
        if (seconds >= options.seconds) settled = count;
        while (state.KeepRunningBatch(state.max_iterations)) {
        }
        state.SetIterationTime(seconds);
        results.add(which, measured, count);
      } catch (const std::exception& error) {
        failed = true;
        failures.push_back(name + ": " + error.what());
        state.SkipWithError(error.what());
      }
    };
    benchmark::RegisterBenchmark(name.c_str(), body)
        ->UseManualTime()
        ->MinTime(options.seconds)
        ->Repetitions(options.rounds);
  }
  Silent silent;
  benchmark::RunSpecifiedBenchmarks(&silent);
  progress.clear();
  return failures;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Measures ways for messages between two processes, beside each other in one run.");
  app.add_option("--cpus", options.cpus,
                 "Two processors to be pinned to; twice the same is one core")
      ->delimiter(',')
      ->expected(2);
  app.add_option("--rounds", options.rounds, "How often each is measured")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "How long a measurement takes at least")
      ->check(CLI::PositiveNumber);
  app.add_option("--buffer", options.buffer, "KiB that may be under way, where that can be chosen")
      ->check(CLI::Range(64, 64 * 1024));
  app.add_option("--only", options.only, "A regex: measure only those whose name matches");
  app.add_option("--json", options.json, "Write all figures to this file");
  app.add_flag("--goals", options.goals, "Say for each goal of lab 04 whether it is met");
  app.add_flag("--list", options.list, "Say what there is to measure, and measure nothing");
  CLI11_PARSE(app, argc, argv);
  // Said as Google Benchmark wants to hear it.
  std::vector<std::string> words{argv[0], "--benchmark_enable_random_interleaving=true"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());

  const Cpus cpus = choose_cpus(options.cpus);
  Results results(all_transports());
  std::vector<Case> cases = all_cases(results.transports(), cpus);
  std::erase_if(cases, [only = std::regex(options.only, std::regex::extended)](const Case& which) {
    return !std::regex_search(name_of(which), only);
  });
  if (options.list) {
    for (const Transport& transport : results.transports()) {
      fmt::print("{:24}{}\n", transport.name, transport.remark);
    }
    return 0;
  }
  if (cases.empty()) {
    fmt::print(stderr, "no name matches '{}'; a name is kind/transport/payload, like these:\n",
               options.only);
    for (const Case& which : all_cases(results.transports(), cpus)) {
      if (which.payload == 64) fmt::print(stderr, "  {}\n", name_of(which));
    }
    return 3;
  }
  const Awake awake;
  const std::string machine = describe_machine(cpus, awake);
  fmt::print("{}{} rounds of at least {:.0f} ms each; buffers of {} KiB\n", machine, options.rounds,
             options.seconds * 1e3, options.buffer);
  static_cast<void>(std::fflush(stdout));
  const std::vector<std::string> failures = run(cases, cpus, options, results);
  fmt::print("other work took a processor away from busy ones {} times\n\n", results.preempted());
  fmt::print("{}", tables(results, payloads));
  bool all_met = true;
  if (options.goals) {
    const std::vector<Goal> all = goals(results);
    fmt::print("The goals of lab 04, each a ratio within this run\n{}", goals_in_words(all));
    for (const Goal& goal : all) all_met = all_met && (!goal.ratio || goal.is_met());
  }
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << json(results, machine);
    if (!file.flush()) {
      fmt::print(stderr, "{} could not be written\n", options.json);
      return 3;
    }
  }
  for (const std::string& failure : failures) fmt::print(stderr, "not measured: {}\n", failure);
  if (!failures.empty()) return 3;
  return all_met ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "measure: %s\n", error.what()));
    return 3;
  }
}
