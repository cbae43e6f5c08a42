#include "common/report/style.h"

#include <algorithm>

namespace report {

namespace {

/// The parameter of "select graphic rendition" (ECMA-48) for a tone.
std::string_view parameters(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::strong:
      return "1";
    case Tone::dim:
      return "2";
    case Tone::good:
      return "32";
    case Tone::bad:
      return "1;31";
    case Tone::caution:
      return "1;33";
    case Tone::place:
      return "36";
    case Tone::advice:
      return "1;36";
  }
  return "";
}

std::string repeated(std::string_view piece, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += piece;
  return result;
}

}  // namespace

std::string Style::operator()(Tone tone, std::string_view text) const {
  const std::string_view with = parameters(tone);
  if (!colour_ || with.empty() || text.empty()) return std::string(text);
  return "\x1b[" + std::string(with) + "m" + std::string(text) + "\x1b[0m";
}

std::string Style::with_code(Tone tone, std::string_view text) const {
  std::string result;
  while (colour_ && !text.empty()) {
    const std::size_t open = text.find('`');
    const std::size_t close = open == text.npos ? text.npos : text.find('`', open + 1);
    if (close == text.npos) break;
    result += (*this)(tone, text.substr(0, open));
    result += (*this)(Tone::strong, text.substr(open, close + 1 - open));
    text.remove_prefix(close + 1);
  }
  return result + (*this)(tone, text);
}

std::string bar(const Style& style, int score, int max_score, int width) {
  int filled = max_score > 0 ? score * width / max_score : 0;
  if (score > 0) filled = std::max(filled, 1);
  const Tone tone = score == max_score ? Tone::good : Tone::strong;
  return style(tone, repeated("━", filled)) + style(Tone::dim, repeated("─", width - filled));
}

}  // namespace report
