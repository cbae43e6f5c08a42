#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/judge/captured.h"
#include "common/judge/random.h"
#include "common/judge/session.h"
#include "pipelines.h"

/// What the real bash makes of a pipeline, and pipelines to ask it about.
namespace pipelines {

/// What a pipeline came to.
struct Ending {
  std::string output;
  std::string statuses;  ///< "141 0"
  bool operator==(const Ending&) const = default;
};

/// Each pipeline writes its output; behind it comes a line with `marker` and the statuses. Takes
/// such a stream apart.
inline std::vector<Ending> endings_in(std::string_view stream, const std::string& marker) {
  std::vector<Ending> endings;
  const std::string before = "\n" + marker + " ";
  for (std::size_t at = 0; (at = stream.find(before)) != std::string_view::npos;) {
    const std::size_t line = at + before.size();
    const std::size_t end = std::min(stream.find('\n', line), stream.size());
    endings.push_back(
        {std::string(stream.substr(0, at)), std::string(stream.substr(line, end - line))});
    stream.remove_prefix(std::min(end + 1, stream.size()));
  }
  return endings;
}

/// Lets bash run all of them. No submission is near: this is a sandbox of its own, with a real bash
/// and the programs that stages use.
/// @throws std::runtime_error  if there is no bash.
inline std::vector<Ending> run_in_bash(const std::vector<Pipeline>& all,
                                       const std::string& marker) {
  const judge::Session& session = *judge::Session::current;
  judge::Sandbox sandbox(session.kit);
  sandbox.show_program("bash");
  for (const std::string& program : session.programs) {
    if (program.find('=') == std::string::npos) sandbox.show_program(program);
    if (program.starts_with("stage=")) sandbox.show_ours(program.substr(6), "stage");
  }
  std::string script;
  for (const Pipeline& pipeline : all) {
    script += "{ " + in_bash(pipeline) +
              "; statuses=${PIPESTATUS[*]}; } </dev/null >&3 3>&- 2>/dev/null\n";
    script += "printf '\\n%s %s\\n' " + marker + " \"$statuses\" >&3\n";
  }
  const std::string path = sandbox.add_file("script", "pipelines.bash", judge::as_bytes(script));
  const judge::Captured captured =
      judge::capture(sandbox, {"/usr/bin/bash", path}, sandbox.scratch(), {});
  auto endings = endings_in(judge::to_text(captured.result), marker);
  if (!captured.succeeded() || endings.size() != all.size()) {
    throw std::runtime_error("bash, to compare with, did not run: " + captured.diagnostics);
  }
  return endings;
}

/// Makes pipelines whose outputs and statuses depend on nothing but themselves.
///
/// That is not so of every pipeline: whether `echo | true` gives 0 0 or 141 0 depends on who comes
/// first. So what a stage may be depends on what flows into it.
class Generator {
 public:
  explicit Generator(judge::Random& random) : random_(random) {}

  Pipeline next() {
    Pipeline pipeline;
    Flow flow = Flow::nothing;
    for (std::size_t stages = random_.between(1, 5); stages > 0; --stages) {
      pipeline.push_back(stage_behind(flow));
    }
    // An end must come from somewhere.
    if (flow == Flow::endless) pipeline.push_back({"head", "-n", number(0, 40)});
    return pipeline;
  }

 private:
  /// What a stage writes.
  enum class Flow {
    nothing,
    little,   ///< one write(2): who has read any of it has read all, and the writer is done
    much,     ///< more than pipes hold
    endless,  ///< until somebody leaves
  };

  lab::Command stage_behind(Flow& flow) {
    switch (flow) {
      case Flow::nothing:
        return random_.between(0, 3) == 0 ? reader(flow) : writer(flow);
      case Flow::little:
        return random_.between(0, 3) == 0 ? lab::Command{"head", "-n", number(1, 30)}
                                          : reader(flow);
      case Flow::much:
        return reader(flow);
      case Flow::endless:
        return behind_endless(flow);
    }
    return {};
  }

  /// Reads nothing: what flows into it would not get anywhere.
  lab::Command writer(Flow& flow) {
    flow = Flow::little;
    switch (random_.between(0, 7)) {
      case 0:
        return {"stage", "text", number(0, 9999), number(1, 60)};
      case 1:
        return {"stage", "words", random_.word(3), "", " * ", "$HOME \"'\\", random_.word(8)};
      case 2:
        return {"ls", "-d", "/proc", "/" + random_.word(5)};
      case 3:
        flow = Flow::endless;
        return {"yes", random_.word(random_.between(1, 9))};
      case 4:
        if (random_.between(0, 3) == 0) flow = Flow::much;
        return {"stage", "text", number(0, 9999), flow == Flow::much ? "12000" : number(1, 60)};
      default:
        return leaver(flow);
    }
  }

  /// Neither reads nor writes.
  lab::Command leaver(Flow& flow) {
    flow = Flow::nothing;
    switch (random_.between(0, 6)) {
      case 0:
        return {"true"};
      case 1:
        return {"false"};
      case 2:
        return {"no-" + random_.word(6)};
      case 3:
        return {random_.coin() ? "/proc" : "/proc/version"};
      case 4: {
        constexpr int signals[]{1, 6, 9, 10, 11, 13, 15};
        return {"stage", "die", std::to_string(signals[random_.between(0, 6)])};
      }
      default:
        return {"stage", "exit", number(0, 255)};
    }
  }

  /// Reads to the end of its input.
  lab::Command reader(Flow& flow) {
    switch (random_.between(0, 10)) {
      case 0:
        return {"cat"};
      case 1:
        return {"sort"};
      case 2:
        return {"sort", "-r", "-u"};
      case 3:
        return {"tr", "a-m", "n-z"};
      case 4:
        return {"stage", "xor", number(1, 255)};
      case 5:
        return {"stage", "rotate", number(1, 255)};
      case 6:
        return {"grep", random_.word(1)};
      case 7:
        return {"grep", "-v", random_.word(1)};
      case 8:
        flow = Flow::nothing;
        return {"stage", "drain", number(0, 255)};
      default:
        flow = Flow::little;
        return random_.coin() ? lab::Command{"wc", "-c"}
                              : lab::Command{"grep", "-c", random_.word(1)};
    }
  }

  lab::Command behind_endless(Flow& flow) {
    switch (random_.between(0, 3)) {
      case 0:
        return {"cat"};
      case 1:
        return {"tr", "a-m", "n-z"};
      case 2:
        flow = Flow::little;
        return {"head", "-n", number(1, 40)};
      default:
        return leaver(flow);
    }
  }

  std::string number(std::size_t low, std::size_t high) {
    return std::to_string(random_.between(low, high));
  }

  judge::Random& random_;
};

}  // namespace pipelines
