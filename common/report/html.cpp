#include "common/report/html.h"

namespace report {

std::string html(std::string_view text, Lines lines) {
  std::string safe;
  for (const char c : clean(text, lines)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string html_with_code(std::string_view text) {
  std::string safe;
  while (true) {
    const auto open = text.find('`');
    const auto close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos) return safe + html(text);
    safe += html(text.substr(0, open)) + "<code>" + html(text.substr(open + 1, close - open - 1)) +
            "</code>";
    text.remove_prefix(close + 1);
  }
}

}  // namespace report
