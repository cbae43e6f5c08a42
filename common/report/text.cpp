#include "common/report/text.h"

#include <wchar.h>

#include <algorithm>
#include <clocale>
#include <cstddef>
#include <cstdint>

namespace report {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";     // U+2026

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The character at the start of `text`, which is not empty. Strict: no overlong forms, no
/// surrogates, nothing past U+10FFFF (RFC 3629).
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t at = 1; at < bytes; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(at) & 0x3FU);
  }
  const char32_t smallest = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest || value > 0x10FFFF || surrogate) return {};
  return {value, bytes, true};
}

/// The "control picture" of a character below U+0020: U+2400 and following.
std::string picture(char32_t control) {
  return {'\xE2', '\x90', static_cast<char>(0x80 + control)};
}

/// Characters that make later text appear in another order ("Trojan Source"), and Unicode's own
/// line breaks, which some terminals obey.
bool reorders_or_breaks(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

/// Makes wcwidth(3) speak of UTF-8, whatever locale the program was started in: a container often
/// has none at all, and its terminal shows UTF-8 all the same.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 != nullptr) previous_ = ::uselocale(utf8);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (previous_ != nullptr) ::uselocale(previous_);
  }

 private:
  locale_t previous_ = nullptr;
};

int columns_of(const CodePoint& c) {
  if (!c.valid) return 1;
  // A character that the C library does not know (-1) is most likely a newer one: one column.
  const int width = ::wcwidth(static_cast<wchar_t>(c.value));
  return width < 0 ? 1 : width;
}

/// How many bytes of `text` fit into `width` columns, and at least one character.
std::size_t bytes_that_fit(std::string_view text, int width) {
  const Utf8Locale utf8;
  std::size_t at = 0;
  int used = 0;
  while (at < text.size()) {
    const CodePoint c = decode(text.substr(at));
    used += columns_of(c);
    if (used > width && at > 0) break;
    at += c.bytes;
  }
  return at;
}

/// Wraps one line without newlines or tabs.
void wrap_line(std::string_view line, int width, std::vector<std::string>& lines) {
  const std::size_t first = line.find_first_not_of(' ');
  if (first == std::string_view::npos) {
    lines.emplace_back();
    return;
  }
  const std::size_t mark = line.substr(first).starts_with("- ") ? 2 : 0;
  const std::size_t deepest = static_cast<std::size_t>(width) / 2;  // leaves room for the text
  const std::string margin(std::min(first + mark, deepest), ' ');

  std::string current(std::min(first, deepest), ' ');
  bool has_word = false;
  std::size_t at = first;
  std::size_t gap = 0;
  while (at < line.size()) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    std::string_view word = line.substr(at, end - at);
    if (has_word && display_width(current) + static_cast<int>(gap) + display_width(word) > width) {
      lines.push_back(current);
      current = margin;
      gap = 0;
    }
    current.append(gap, ' ');
    while (display_width(current) + display_width(word) > width) {
      const std::size_t piece = bytes_that_fit(word, std::max(1, width - display_width(current)));
      if (piece == word.size()) break;  // one character that is wider than the whole line
      lines.push_back(current.append(word.substr(0, piece)));
      word.remove_prefix(piece);
      current = margin;
    }
    current.append(word);
    has_word = true;
    at = std::min(line.find_first_not_of(' ', end), line.size());
    gap = at - end;
  }
  lines.push_back(current);
}

}  // namespace

std::string clean(std::string_view text, Lines lines) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = decode(text);
    if (c.value == '\r' && text.substr(1).starts_with('\n')) {
      text.remove_prefix(1);  // the newline that follows says it all
      continue;
    }
    if (!c.valid || (c.value >= 0x80 && c.value <= 0x9F) || reorders_or_breaks(c.value)) {
      result += replacement;
    } else if (c.value == '\n') {
      result += lines == Lines::keep ? "\n" : picture('\n');
    } else if (c.value == '\t') {
      result += lines == Lines::keep ? '\t' : ' ';
    } else if (c.value < 0x20) {
      result += picture(c.value);
    } else if (c.value == 0x7F) {
      result += "\xE2\x90\xA1";  // U+2421, the picture of DEL
    } else {
      result += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return result;
}

int display_width(std::string_view text) {
  const Utf8Locale utf8;
  int width = 0;
  while (!text.empty()) {
    const CodePoint c = decode(text);
    width += columns_of(c);
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string pad(std::string_view text, int width) {
  const int missing = std::max(0, width - display_width(text));
  return std::string(text) + std::string(static_cast<std::size_t>(missing), ' ');
}

std::string clip(std::string_view text, int width) {
  if (width <= 0) return "";
  if (display_width(text) <= width) return std::string(text);
  if (width == 1) return std::string(ellipsis);
  return std::string(text.substr(0, bytes_that_fit(text, width - 1))) + std::string(ellipsis);
}

std::vector<std::string> wrap(std::string_view text, int width) {
  std::vector<std::string> lines;
  for (const std::string& line : split_lines(text)) {
    wrap_line(expand_tabs(line), std::max(width, 1), lines);
  }
  return lines;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string expand_tabs(std::string_view text) {
  constexpr int tab = 4;
  if (text.find('\t') == std::string_view::npos) return std::string(text);
  std::string result;
  int column = 0;
  const Utf8Locale utf8;
  while (!text.empty()) {
    const CodePoint c = decode(text);
    if (c.value == '\t') {
      const int spaces = tab - column % tab;
      result.append(static_cast<std::size_t>(spaces), ' ');
      column += spaces;
    } else {
      result += text.substr(0, c.bytes);
      column += columns_of(c);
    }
    text.remove_prefix(c.bytes);
  }
  return result;
}

}  // namespace report
