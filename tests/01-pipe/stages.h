#pragma once

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines.h"

/// What stages and their caller tell of themselves, and how a check says it to a person.
namespace pipelines {

/// Said where a pipeline is shown that has `stage` in it.
inline constexpr const char* about_stage =
    " (`stage` is a program of the grader: `stage exit 3` exits with 3, `stage die 9` is ended by "
    "signal 9, `stage xor 5` passes its input on with each byte changed.)";

inline bool has_stage(const Pipeline& pipeline) {
  return std::any_of(pipeline.begin(), pipeline.end(),
                     [](const lab::Command& command) { return command.front() == "stage"; });
}

/// The same statuses, at other places.
inline bool is_reordered(std::vector<int> expected, std::vector<int> got) {
  if (expected == got) return false;
  std::sort(expected.begin(), expected.end());
  std::sort(got.begin(), got.end());
  return expected == got;
}

inline constexpr const char* about_order =
    " Which stage ends first is left to chance; the first status is that of the first stage, "
    "whenever it ended.";

/// What is wrong with the statuses that came back, for a person; "" if nothing is.
inline std::string wrong_statuses(const Pipeline& pipeline, const std::vector<int>& expected,
                                  const std::vector<int>& got) {
  if (got == expected) return {};
  const std::string expectation = "`" + in_bash(pipeline) + "` has the status" +
                                  (expected.size() == 1 ? " " : "es ") + to_text(expected) +
                                  ", and run_pipeline returned ";
  const std::string about = has_stage(pipeline) ? about_stage : "";
  if (is_reordered(expected, got)) {
    return expectation + "the same in another order." + about_order + about;
  }
  std::string text = expectation + (got.empty() ? "none" : to_text(got)) + ".";
  const auto as_if = [&](auto status) {
    for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
      const lab::Command& command = pipeline[i];
      const bool by_signal =
          expected[i] > 128 && (command.front() != "stage" || command.at(1) == "die");
      if (got[i] != status(expected[i], by_signal)) return false;
    }
    return got.size() == expected.size();
  };
  if (got.size() != expected.size()) {
    text += " Each stage has one, which makes " + std::to_string(expected.size()) + ".";
  } else if (as_if([](int right, bool by_signal) { return by_signal ? right - 128 : right; })) {
    text += " A stage that was ended by signal N has the status 128 + N.";
  } else if (as_if([](int right, bool by_signal) { return by_signal ? 0 : right; })) {
    text += " A stage that was ended by a signal has not called exit(3): ask WIFSIGNALED first.";
  } else if (as_if(
                 [](int right, bool by_signal) { return by_signal ? right - 128 : right << 8; })) {
    text +=
        " That is the number as waitpid(2) stores it: WIFEXITED, WEXITSTATUS, WIFSIGNALED and "
        "WTERMSIG take it apart.";
  }
  return text + about;
}

/// The arguments that `stage words` has written: "5:hello\n0:\n".
inline std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || text.size() < digits + 1 + size + 1) break;
    words.emplace_back(text.substr(digits + 1, size));
    text.remove_prefix(digits + 1 + size + 1);
  }
  return words;
}

/// One of the descriptors that `stage descriptors` has open.
struct Open {
  int fd = -1;
  std::string kind;  ///< "pipe", "file", ...
  std::string mode;  ///< "r", "w" or "rw"
  std::string inode;
};

/// By the number of the stage, from 0.
using OpenInStages = std::map<std::size_t, std::vector<Open>>;

/// Stages that tell what they have open, and read and write nothing: none waits for another.
inline Pipeline stages_that_tell(std::size_t count) {
  Pipeline pipeline;
  for (std::size_t i = 0; i < count; ++i) {
    pipeline.push_back({"stage", "descriptors", std::to_string(i)});
  }
  return pipeline;
}

/// What they have told: lines like "2: 0=pipe:r:4711 1=pipe:w:4712".
inline OpenInStages open_in_stages(const std::string& text) {
  OpenInStages stages;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::size_t number = 0;
    char colon = 0;
    if (!(words >> number >> colon) || colon != ':') continue;
    for (std::string word; words >> word;) {
      std::replace_if(
          word.begin(), word.end(), [](char c) { return c == '=' || c == ':'; }, ' ');
      std::istringstream fields(word);
      Open open;
      if (fields >> open.fd >> open.kind >> open.mode >> open.inode) {
        stages[number].push_back(std::move(open));
      }
    }
  }
  return stages;
}

/// Descriptor `fd` of stage `i`; one of kind "nothing" if it is not open.
inline Open descriptor(const OpenInStages& stages, std::size_t i, int fd) {
  if (const auto stage = stages.find(i); stage != stages.end()) {
    for (const Open& open : stage->second) {
      if (open.fd == fd) return open;
    }
  }
  return {fd, "nothing", "", ""};
}

/// "descriptor 4, the write end of the pipe between stage 1 and stage 2".
inline std::string in_words(const Open& open, const OpenInStages& stages) {
  std::string text = "descriptor " + std::to_string(open.fd);
  if (open.kind != "pipe") return text + ", a " + open.kind;
  text += open.mode == "r" ? ", the read end" : ", the write end";
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    if (descriptor(stages, i, STDOUT_FILENO).inode == open.inode) {
      return text + " of the pipe between stage " + std::to_string(i + 1) + " and stage " +
             std::to_string(i + 2);
    }
  }
  return text + " of a pipe";
}

}  // namespace pipelines
