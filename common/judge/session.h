#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/judge/builder.h"
#include "common/judge/subject.h"
#include "common/judge/symbolizer.h"
#include "common/judge/verdict.h"

namespace judge {

/// What a worker of the judge has: the submission's images, the subjects that run them, and the way
/// back for results. Checks reach it through their base class.
class Session {
 public:
  /// @param fetch   blocks until an image has been built.
  /// @param claim_  true for the one worker that is to run the check.
  /// @param tell_   takes the line of an event.
  Session(const Kit& kit_, Lab lab_, std::uint64_t seed_, std::function<Image(Build)> fetch,
          std::function<bool(const std::string& id)> claim_,
          std::function<void(const std::string&)> tell_)
      : kit(kit_),
        lab(std::move(lab_)),
        seed(seed_),
        claim(std::move(claim_)),
        tell(std::move(tell_)),
        fetch_(std::move(fetch)) {}

  const Image& image(Build build);
  Subject& subject(Build build, Network network = Network::own);
  Symbolizer& symbolizer(Build build);
  /// After the grader's own failure: the next check gets a new sandbox.
  void drop_subjects() { subjects_.clear(); }

  const Kit& kit;
  const Lab lab;
  const std::uint64_t seed;
  const std::function<bool(const std::string&)> claim;
  const std::function<void(const std::string&)> tell;
  /// The submission's files, by name, for who shows a line of them.
  std::map<std::string, std::string> sources;
  /// Programs that roles may exec, by name; "name=ours" is the kit's bin/ours under that name.
  std::vector<std::string> programs;

  /// The session of this process; GoogleTest makes its tests without arguments.
  static Session* current;

 private:
  std::function<Image(Build)> fetch_;
  std::map<Build, Image> images_;
  std::map<std::pair<Build, Network>, std::unique_ptr<Subject>> subjects_;
  std::map<Build, std::unique_ptr<Symbolizer>> symbolizers_;
};

}  // namespace judge
