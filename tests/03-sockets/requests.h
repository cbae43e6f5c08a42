#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

/// Requests and replies as they are on the wire (@see resp.h), for checks.
namespace requests {

using Words = std::vector<std::string>;

inline std::string bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

inline std::string encoded(const Words& words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) text += bulk(word);
  return text;
}

/// Bytes for a sentence: in quotes, what cannot be seen as in C, the end left out if there is much.
inline std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 70;
  std::string text = "\"";
  for (const char c : bytes.substr(0, most)) {
    if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else {
      text += c >= ' ' && c < 127 ? c : '?';
    }
  }
  return text + (bytes.size() > most ? "\"..." : "\"");
}

/// "SET key value", as a person writes it.
inline std::string in_words(const Words& words) {
  if (words.empty()) return "a request without words";
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + (word.empty() ? "\"\"" : word.substr(0, 40));
  }
  return text;
}

}  // namespace requests
