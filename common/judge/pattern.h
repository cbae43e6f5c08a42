#pragma once

#include <regex.h>

#include <memory>
#include <string>
#include <vector>

namespace judge {

/// A POSIX extended regular expression, as grep -E takes it. The standard library's own kind costs
/// each file that includes it three seconds of the compiler's time, and a stack frame for each
/// letter that it matches.
/// @see regex(7)
class Pattern {
 public:
  /// @throws std::invalid_argument  what is wrong with `expression`, in the C library's words.
  explicit Pattern(const std::string& expression);

  /// Whether it matches somewhere in `text`.
  [[nodiscard]] bool matches(const std::string& text) const;

  /// What it matches first in `text`, and then what each pair of parentheses matches ("" if that
  /// is nothing); empty if it does not match.
  [[nodiscard]] std::vector<std::string> groups(const std::string& text) const;

 private:
  std::unique_ptr<regex_t, void (*)(regex_t*)> compiled_;
};

}  // namespace judge
