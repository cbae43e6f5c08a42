#include "common/bench/goals.h"

#include <fmt/format.h>

namespace bench {

namespace {

constexpr std::size_t kibi = 1024;
constexpr std::size_t mebi = 1024 * 1024;

/// A figure of both, divided: times as p50, rates as messages a second.
std::optional<double> ratio(const Results& results, const Case& ours, const Case& other) {
  const auto a = results.of(ours);
  const auto b = results.of(other);
  if (!a || !b) return std::nullopt;
  return ours.kind == Kind::rate ? a->per_second / b->per_second : a->p50_ns / b->p50_ns;
}

}  // namespace

std::vector<Goal> goals(const Results& results) {
  std::vector<Goal> goals;

  const auto time_at_most = [&](const Case& ours, double wanted, const Case& other,
                                const std::string& what, const std::string& against) {
    goals.push_back({what, against, true, wanted, ratio(results, ours, other)});
  };
  // How many times as fast as the best of the peers that Debian packages.
  const auto beats_peers = [&](Kind kind, std::size_t payload, double wanted) {
    const std::string what = fmt::format("ring, {}{}", kind == Kind::trip ? "round trip of " : "",
                                         size_in_words(payload));
    const auto peer = results.best_peer(kind, payload);
    std::optional<double> times;
    if (peer) times = ratio(results, {kind, "ring", payload}, {kind, *peer, payload});
    if (times && kind == Kind::trip) times = 1 / *times;
    goals.push_back({what, "as fast as " + peer.value_or("the best peer"), false, wanted, times});
  };

  const Case bounced{Kind::trip, "bounced line", 8};
  for (const std::size_t payload : {std::size_t{8}, std::size_t{64}}) {
    time_at_most({Kind::trip, "ring", payload}, 1.25, bounced,
                 "ring, round trip of " + size_in_words(payload), "two bounced lines");
  }
  for (const std::size_t payload : {std::size_t{8}, std::size_t{64}}) {
    beats_peers(Kind::trip, payload, 1.35);
  }
  beats_peers(Kind::rate, 8, 1.0);
  beats_peers(Kind::rate, 64, 3.0);
  beats_peers(Kind::rate, kibi, 1.3);
  for (const std::size_t payload : {4 * kibi, 64 * kibi, mebi}) {
    goals.push_back({"ring, " + size_in_words(payload), "memcpy in, memcpy out", false, 0.9,
                     ratio(results, {Kind::rate, "ring", payload},
                           {Kind::rate, "memcpy in, memcpy out", payload})});
  }
  beats_peers(Kind::trip, 64 * kibi, 1.1);
  beats_peers(Kind::trip, mebi, 1.3);
  for (const std::size_t payload : {std::size_t{8}, 4 * kibi, 64 * kibi, mebi}) {
    time_at_most({Kind::trip, "ring, nothing copied", payload}, 2.0, bounced,
                 "nothing copied, round trip of " + size_in_words(payload), "two bounced lines");
  }
  time_at_most({Kind::asleep, "channel", 64}, 1.25, {Kind::asleep, "pipe", 64},
               "channel, the other one asleep, 64 B", "a pipe's round trip");
  // Spinning until the time slice is over would be a thousand times a pipe's round trip.
  time_at_most({Kind::trip, "channel", 64, true}, 10, {Kind::trip, "pipe", 64, true},
               "channel on one core, round trip of 64 B", "a pipe's there");
  goals.push_back(
      {"channel on one core, 64 B", "as fast as a pipe there", false, 0.1,
       ratio(results, {Kind::rate, "channel", 64, true}, {Kind::rate, "pipe", 64, true})});
  return goals;
}

std::string goals_in_words(const std::vector<Goal>& goals) {
  std::string text;
  for (const Goal& goal : goals) {
    const char* verdict = !goal.ratio ? "not measured" : goal.is_met() ? "met" : "missed";
    text += fmt::format("{:13}{:>6}  {}: {} {:.2f} x {}\n", verdict,
                        goal.ratio ? fmt::format("{:.2f}", *goal.ratio) : "", goal.what,
                        goal.at_most ? "at most" : "at least", goal.wanted, goal.against);
  }
  return text;
}

}  // namespace bench
