#pragma once

#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline.h"

/// Pipelines as the checks of part C and their roles speak of them. All of it is inline: this is
/// compiled for the judge and for the subject.
namespace pipelines {

using Pipeline = std::vector<lab::Command>;

// Words, stages and pipelines on their way to a role, which is given texts. No word of ours holds
// one of these: ASCII has them for just this purpose.
inline constexpr char word_end = '\x1f', stage_end = '\x1e', pipeline_end = '\x1d';

inline std::string encode(const std::vector<Pipeline>& all) {
  std::string text;
  for (const Pipeline& pipeline : all) {
    for (const lab::Command& command : pipeline) {
      for (const std::string& word : command) text += word + word_end;
      text += stage_end;
    }
    text += pipeline_end;
  }
  return text;
}

inline std::vector<Pipeline> decode(std::string_view text) {
  std::vector<Pipeline> all;
  Pipeline pipeline;
  lab::Command command;
  std::string word;
  for (const char c : text) {
    if (c == word_end) {
      command.push_back(std::exchange(word, {}));
    } else if (c == stage_end) {
      pipeline.push_back(std::exchange(command, {}));
    } else if (c == pipeline_end) {
      all.push_back(std::exchange(pipeline, {}));
    } else {
      word += c;
    }
  }
  return all;
}

/// A word as bash reads it.
inline std::string in_bash(std::string_view word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,+@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string text;
  bool escaped = false;
  for (const char c : word) {
    if (c == '\'' || c == '\\') {
      text += {'\\', c};
    } else if (c == '\n') {
      text += "\\n";
    } else if (c < ' ' || c > '~') {
      char code[5];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(c) & 0xff);
      text += code;
    } else {
      text += c;
      continue;
    }
    escaped = true;
  }
  return (escaped ? "$'" : "'") + text + "'";
}

/// A pipeline as a person types it: `yes | head -n 1`, without the ticks.
inline std::string in_bash(const Pipeline& pipeline) {
  std::string text;
  for (const lab::Command& command : pipeline) {
    text += text.empty() ? "" : " | ";
    for (const std::string& word : command) {
      if (&word != &command.front()) text += ' ';
      text += in_bash(word);
    }
  }
  return text;
}

/// Statuses as PIPESTATUS shows them: "141 0".
inline std::string to_text(const std::vector<int>& statuses) {
  std::string text;
  for (const int status : statuses) text += (text.empty() ? "" : " ") + std::to_string(status);
  return text;
}

inline std::vector<int> to_statuses(std::string_view text) {
  std::vector<int> statuses;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (int status = 0; at < end; ++at) {
    const auto [rest, error] = std::from_chars(at, end, status);
    if (error != std::errc{}) break;
    statuses.push_back(status);
    at = rest;
  }
  return statuses;
}

}  // namespace pipelines
