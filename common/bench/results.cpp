#include "common/bench/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/bench/goals.h"

namespace bench {

namespace {

constexpr std::size_t kibi = 1024;
constexpr std::size_t mebi = 1024 * 1024;

/// Three digits that count.
std::string number(double value) {
  if (value >= 99.95) return fmt::format("{:.0f}", value);
  if (value >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

std::string rate_in_words(const Figures& figures, std::size_t payload) {
  if (payload >= 4 * kibi) {
    return number(figures.per_second * static_cast<double>(payload) / (1024.0 * mebi)) + " GiB/s";
  }
  if (figures.per_second >= 1e6) return number(figures.per_second / 1e6) + " M/s";
  return number(figures.per_second / 1e3) + " k/s";
}

std::string trip_in_words(const Figures& figures) {
  return number(figures.p50_ns / 1e3) + " / " + number(figures.p99_ns / 1e3);
}

template <class Cell>
std::string table(const std::string& heading, const std::vector<std::string>& names,
                  const std::vector<std::size_t>& payloads, const Cell& cell) {
  std::size_t width = 24;
  for (const std::string& name : names) width = std::max(width, name.size());
  std::string text;
  for (const std::string& name : names) {
    std::string line = fmt::format("{:{}}", name, width);
    bool is_empty = true;
    for (const std::size_t payload : payloads) {
      const std::string words = cell(name, payload);
      is_empty = is_empty && words.empty();
      line += fmt::format("{:>12}", words.empty() ? "-" : words);
    }
    if (!is_empty) text += line + "\n";
  }
  if (text.empty()) return {};
  std::string head = fmt::format("{}\n{:{}}", heading, "", width);
  for (const std::size_t payload : payloads) head += fmt::format("{:>12}", size_in_words(payload));
  return head + "\n" + text + "\n";
}

}  // namespace

std::string kind_in_words(Kind kind) {
  switch (kind) {
    case Kind::rate:
      return "rate";
    case Kind::trip:
      return "trip";
    case Kind::asleep:
      return "asleep";
  }
  return {};
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void Results::add(const Case& which, const Measured& measured, std::uint64_t count) {
  Rounds& rounds = rounds_[which];
  if (count < rounds.count) return;
  if (count > rounds.count) rounds = {.count = count, .measured = {}};
  rounds.measured.push_back(measured);
}

std::optional<Figures> Results::of(const Case& which) const {
  const auto found = rounds_.find(which);
  if (found == rounds_.end()) return std::nullopt;
  std::vector<double> rates;
  std::vector<double> p50s;
  std::vector<double> p99s;
  for (const Measured& round : found->second.measured) {
    rates.push_back(static_cast<double>(found->second.count) / round.seconds);
    p50s.push_back(round.p50_ns);
    p99s.push_back(round.p99_ns);
  }
  const auto [lowest, highest] = std::minmax_element(rates.begin(), rates.end());
  return Figures{.per_second = median(rates),
                 .lowest = *lowest,
                 .highest = *highest,
                 .p50_ns = median(p50s),
                 .p99_ns = median(p99s),
                 .rounds = rates.size()};
}

std::optional<std::string> Results::best_peer(Kind kind, std::size_t payload) const {
  std::optional<std::string> best;
  double least = 0;
  for (const Transport& transport : transports_) {
    // Who copies nothing is measured for what it is, and compared with nobody who copies.
    if (transport.group != Group::peer || transport.lends) continue;
    const auto figures = of({kind, transport.name, payload});
    if (!figures) continue;
    const double time = kind == Kind::rate ? 1 / figures->per_second : figures->p50_ns;
    if (best && time >= least) continue;
    best = transport.name;
    least = time;
  }
  return best;
}

std::string size_in_words(std::size_t bytes) {
  if (bytes >= mebi) return fmt::format("{} MiB", bytes / mebi);
  if (bytes >= kibi) return fmt::format("{} KiB", bytes / kibi);
  return fmt::format("{} B", bytes);
}

std::string tables(const Results& results, const std::vector<std::size_t>& payloads) {
  std::vector<std::string> all;
  std::vector<std::string> ours;
  for (const Transport& transport : results.transports()) {
    all.push_back(transport.name);
    if (transport.group == Group::ours || transport.group == Group::ladder) {
      ours.push_back(transport.name);
    }
  }
  const auto rate = [&](bool one_core) {
    return [&results, one_core](const std::string& name, std::size_t payload) -> std::string {
      const auto figures = results.of({Kind::rate, name, payload, one_core});
      return figures ? rate_in_words(*figures, payload) : "";
    };
  };
  const auto trip = [&](Kind kind, bool one_core) {
    return [&results, kind, one_core](const std::string& name, std::size_t payload) -> std::string {
      const auto figures = results.of({kind, name, payload, one_core});
      return figures ? trip_in_words(*figures) : "";
    };
  };
  const auto against_peer = [&](Kind kind) {
    return [&results, kind](const std::string& name, std::size_t payload) -> std::string {
      const auto figures = results.of({kind, name, payload});
      const auto peer = results.best_peer(kind, payload);
      if (!figures || !peer) return "";
      const Figures best = *results.of({kind, *peer, payload});
      return number(kind == Kind::rate ? figures->per_second / best.per_second
                                       : best.p50_ns / figures->p50_ns);
    };
  };
  std::string text = table("One direction: messages a second; from 4 KiB on, what they carry", all,
                           payloads, rate(false));
  text += table("Round trip: p50 / p99, microseconds", all, payloads, trip(Kind::trip, false));
  text += table("One direction: how many times as fast as the best packaged peer", ours, payloads,
                against_peer(Kind::rate));
  text += table("Round trip: how many times as fast as the best packaged peer (p50)", ours,
                payloads, against_peer(Kind::trip));
  text += table("Round trip to a process that has fallen asleep: p50 / p99, microseconds", all,
                {64}, trip(Kind::asleep, false));
  text += table("Both processes on one core: messages a second", all, {64}, rate(true));
  text += table("Both processes on one core, round trip: p50 / p99, microseconds", all, {64},
                trip(Kind::trip, true));
  return text;
}

std::string json(const Results& results, const std::string& machine) {
  nlohmann::ordered_json document;
  document["machine"] = machine;
  document["figures"] = nlohmann::ordered_json::array();
  for (const auto& [which, figures] : results.all()) {
    nlohmann::ordered_json entry{
        {"kind", kind_in_words(which.kind)}, {"transport", which.transport},
        {"payload", which.payload},          {"one_core", which.one_core},
        {"rounds", figures.rounds},          {"per_second", figures.per_second},
        {"lowest", figures.lowest},          {"highest", figures.highest}};
    if (which.kind != Kind::rate) {
      entry["p50_ns"] = figures.p50_ns;
      entry["p99_ns"] = figures.p99_ns;
    }
    document["figures"].push_back(std::move(entry));
  }
  document["goals"] = nlohmann::ordered_json::array();
  for (const Goal& goal : goals(results)) {
    nlohmann::ordered_json entry{{"what", goal.what}, {"against", goal.against}};
    entry[goal.at_most ? "at_most" : "at_least"] = goal.wanted;
    if (goal.ratio) {
      entry["ratio"] = *goal.ratio;
      entry["met"] = goal.is_met();
    }
    document["goals"].push_back(std::move(entry));
  }
  return document.dump(2) + "\n";
}

std::vector<std::pair<Case, Figures>> Results::all() const {
  std::vector<std::pair<Case, Figures>> all;
  for (const auto& [which, rounds] : rounds_) all.emplace_back(which, *of(which));
  return all;
}

long Results::preempted() const {
  long sum = 0;
  for (const Transport& transport : transports_) {
    // Who sleeps has threads, or a kernel, that work for him on the same processor.
    if (transport.can(Kind::asleep, 64)) continue;
    for (const auto& [which, rounds] : rounds_) {
      if (which.transport != transport.name || which.one_core) continue;
      for (const Measured& round : rounds.measured) sum += round.preempted;
    }
  }
  return sum;
}

}  // namespace bench
