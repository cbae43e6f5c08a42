#include "common/report/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "common/report/style.h"
#include "common/report/text.h"

namespace report {

namespace {

constexpr std::array<std::string_view, 8> wheel = {"⣷", "⣯", "⣟", "⡿", "⢿", "⣻", "⣽", "⣾"};

std::string mark(const Style& style, const Check& check, bool is_running, std::string_view spoke) {
  if (check.status == "passed") return style(Tone::good, "✓");
  if (check.status == "failed") return style(Tone::bad, "✗");
  if (check.status == "error") return style(Tone::caution, "!");
  if (check.status == "not-started") return style(Tone::dim, "○");
  return is_running ? style(Tone::advice, spoke) : style(Tone::dim, "·");
}

/// What goes on right now, in as many columns as there are.
std::string activity(const Assembler& assembler, int columns) {
  if (!assembler.announced()) return clip("starting", columns);
  std::string titles;
  bool any_result = false;
  for (const Check& check : assembler.so_far().checks) {
    any_result = any_result || !check.status.empty();
    if (assembler.is_running(check.info.id))
      titles += (titles.empty() ? "" : ", ") + check.info.title;
  }
  if (titles.empty()) titles = any_result ? "finishing" : "compiling";
  return clip(titles, columns);
}

}  // namespace

std::string render_progress(const Assembler& assembler, const std::string& lab,
                            const ProgressView& view) {
  const Style style(view.colour);
  const std::vector<Check>& checks = assembler.so_far().checks;
  const int width = std::min(view.width, 100) - 1;  // the last column may wrap
  const std::string_view spoke = wheel[static_cast<std::size_t>(view.tick) % wheel.size()];

  std::vector<std::string> rows;
  std::string part;
  int row_width = 0;
  for (const Check& check : checks) {
    if (rows.empty() || check.info.part != part || row_width + 2 > width) {
      part = check.info.part;
      rows.push_back("  " + style(Tone::dim, clip(part, 2)) + "  ");
      row_width = 2 + display_width(clip(part, 2)) + 2;
    }
    rows.back() += ' ' + mark(style, check, assembler.is_running(check.info.id), spoke);
    row_width += 2;
  }

  const auto done = std::count_if(checks.begin(), checks.end(),
                                  [](const Check& check) { return !check.status.empty(); });
  const std::string count =
      assembler.announced() ? fmt::format("   {} of {}", done, checks.size()) : "";
  const std::string head = clip("  " + lab + count, width);
  const int room = width - display_width(head) - 5;
  const std::string now =
      room > 10 ? "   " + style(Tone::advice, spoke) + " " + activity(assembler, room) : "";
  std::string text = style(Tone::strong, head) + now + "\n";
  if (static_cast<int>(rows.size()) + 4 > view.lines) return text;
  text = "\n" + text;
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

}  // namespace report
