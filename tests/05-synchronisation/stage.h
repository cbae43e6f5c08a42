#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/judge/check.h"

/// How the checks of this lab set their scenes.
namespace stage {

using judge::Bytes;
using judge::Cast;
using judge::Observer;
using judge::Random;
using judge::Role;
using judge::RoleResult;
using judge::RunResult;
using judge::Scenario;

/// 64-bit numbers, for a role's payload.
inline Bytes payload_of(const std::vector<std::int64_t>& numbers) {
  Bytes bytes(numbers.size() * sizeof(std::int64_t));
  if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

/// Numbers above 0, no two of them the same, no sum of some of them that of others.
inline std::vector<std::int64_t> numbers(Random& random, std::size_t count) {
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back((std::int64_t{1} << (20 + i)) +
                  static_cast<std::int64_t>(random.between(1, 30'000)));
  }
  for (std::size_t i = count; i > 1; --i) std::swap(all[i - 1], all[random.between(0, i - 1)]);
  return all;
}

inline std::string joined(const std::vector<std::string>& words) {
  constexpr std::size_t most = 24;
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < most; ++i) {
    text += (i == 0 ? "" : ", ") + words[i].substr(0, 30);
  }
  if (words.size() > most) text += ", ...";
  return text.empty() ? "nothing" : text;
}

/// A scenario in which one role makes the object, and others play their scripts with it.
class Scene {
 public:
  /// @param scratch  where roles may put files.
  /// @param size     what the object is made for: its capacity, or the number of accounts.
  Scene(const std::string& scratch, Random& random, Role maker, std::size_t size)
      : random_(random),
        size_(static_cast<std::int64_t>(size)),
        region_(scratch + "/" + random.word(9)) {
    maker_.role = maker;
    maker_.arguments = {{"region", region_},
                        {"size", std::to_string(size_)},
                        {"pattern", std::to_string(random.between(1, 255))}};
  }

  /// What the maker is given.
  Scene& payload(const std::vector<std::int64_t>& numbers) {
    maker_.payload = payload_of(numbers);
    return *this;
  }

  Scene& with(Role role, const std::string& script, const std::vector<std::int64_t>& numbers = {}) {
    const std::size_t gap = 2 + 7 * others_.size() + random_.between(0, 6);
    others_.push_back({role,
                       {{"region", region_},
                        {"size", std::to_string(size_)},
                        {"gap", std::to_string(gap)},
                        {"script", script},
                        {"data", data_ ? "1" : "0"}},
                       payload_of(numbers)});
    return *this;
  }

  /// From here on the roles of a lock use what it protects.
  Scene& with_data() { return data_ = true, *this; }

  /// The same scene can be played again and again.
  [[nodiscard]] Scenario scenario(const std::string& section) const {
    judge::Channel made;
    Scenario scenario;
    scenario.section = section;
    Cast maker = cast_of(maker_);
    maker.give("others", std::to_string(others_.size()));
    maker.descriptors["made"] = std::move(made.write_end);
    scenario.roles.push_back(std::move(maker));
    for (const Actor& other : others_) {
      Cast cast = cast_of(other);
      cast.descriptors["made"] = ipc::UniqueFd(::fcntl(made.read_end.get(), F_DUPFD_CLOEXEC, 3));
      scenario.roles.push_back(std::move(cast));
    }
    return scenario;
  }

 private:
  struct Actor {
    Role role;
    std::map<std::string, std::string> arguments;
    Bytes payload;
  };

  static Cast cast_of(const Actor& actor) {
    Cast cast(actor.role);
    cast.arguments = actor.arguments;
    cast.payload_bytes = actor.payload;
    return cast;
  }

  Random& random_;
  std::int64_t size_;
  std::string region_;
  bool data_ = false;
  Actor maker_;
  std::vector<Actor> others_;
};

/// What a check does while everybody waits, one thing after the other: a look at what has been done
/// until now, and then somebody is let go on. Each look says in a sentence what is wrong; "" if
/// nothing is. After the first that says something, the run is ended.
class Acts {
 public:
  using Act = std::function<std::string(Observer&)>;

  explicit Acts(std::vector<Role> roles) : roles_(std::move(roles)) {}

  Acts& then(Act act) { return acts_.push_back(std::move(act)), *this; }

  /// For Scenario::when_quiet. The scenario has to say may_be_killed().
  bool operator()(Observer& seen) {
    if (!wrong_.empty() || done_ == acts_.size()) return false;
    wrong_ = acts_[done_++](seen);
    if (!wrong_.empty()) {
      for (const Role role : roles_) seen.kill(role);
    }
    return true;
  }

  /// What was wrong in one of them; "" if nothing was.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  /// Whether there was something left to be done when everybody had come to an end: then somebody
  /// did not wait where he had to.
  [[nodiscard]] bool all_done() const { return done_ == acts_.size(); }

 private:
  std::vector<Role> roles_;
  std::vector<Act> acts_;
  std::size_t done_ = 0;
  std::string wrong_;
};

/// How often a role has said something.
inline std::size_t count(const RoleResult& role, const char* tag) { return role.all(tag).size(); }

inline std::string times(std::size_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace stage
