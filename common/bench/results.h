#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/bench/pair.h"
#include "common/bench/transport.h"

namespace bench {

/// What is measured again and again.
struct Case {
  Kind kind = Kind::rate;
  std::string transport;
  std::size_t payload = 8;
  bool one_core = false;
  bool operator<(const Case& other) const {
    return std::tie(kind, transport, payload, one_core) <
           std::tie(other.kind, other.transport, other.payload, other.one_core);
  }
};

/// Medians over the rounds.
struct Figures {
  double per_second = 0;  ///< messages, or trips
  double lowest = 0;      ///< the least per_second of a round, and the most
  double highest = 0;
  double p50_ns = 0;  ///< of a trip
  double p99_ns = 0;
  std::size_t rounds = 0;
};

[[nodiscard]] double median(std::vector<double> values);

/// What came of all rounds.
class Results {
 public:
  explicit Results(std::vector<Transport> transports) : transports_(std::move(transports)) {}

  /// Adds what came of a round of `count` messages. The rounds that count are those with the most:
  /// the shorter ones were there to find out how many it takes.
  void add(const Case& which, const Measured& measured, std::uint64_t count);

  /// Nothing if it was not measured.
  [[nodiscard]] std::optional<Figures> of(const Case& which) const;

  [[nodiscard]] std::vector<std::pair<Case, Figures>> all() const;

  [[nodiscard]] const std::vector<Transport>& transports() const { return transports_; }

  /// How often somebody else's work took a processor away from a transport that waits busily, on
  /// two cores: zero on a quiet machine, but for the kernel's own work.
  [[nodiscard]] long preempted() const;

  /// The name of the fastest packaged peer: by its rate, or by the median of its trips.
  [[nodiscard]] std::optional<std::string> best_peer(Kind kind, std::size_t payload) const;

 private:
  struct Rounds {
    std::uint64_t count = 0;  ///< messages in each
    std::vector<Measured> measured;
  };

  std::vector<Transport> transports_;
  std::map<Case, Rounds> rounds_;
};

[[nodiscard]] std::string kind_in_words(Kind kind);

/// "64 B", "4 KiB", "1 MiB".
[[nodiscard]] std::string size_in_words(std::size_t bytes);

/// Tables for a terminal of 100 columns.
[[nodiscard]] std::string tables(const Results& results, const std::vector<std::size_t>& payloads);

/// The same for programs.
[[nodiscard]] std::string json(const Results& results, const std::string& machine);

}  // namespace bench
