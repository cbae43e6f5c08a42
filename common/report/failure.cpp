#include "common/report/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "common/report/text.h"

namespace report {

namespace {

constexpr std::size_t most_lines = 40;        // of a message; the JSON has all of it
constexpr std::size_t most_places = 8;        // that a finding points at
constexpr std::size_t most_diagnostics = 24;  // lines of the compiler: the first error tells most

std::string_view trimmed_right(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

std::string_view trimmed(std::string_view text) {
  text = trimmed_right(text);
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// A message without its last line, if that says what to read, and that line.
struct Message {
  std::vector<std::string> body;
  std::string read;
};

Message split_message(const std::string& text) {
  Message message{split_lines(text), ""};
  std::vector<std::string>& body = message.body;
  const auto drop_blank_end = [&] {
    while (!body.empty() && trimmed(body.back()).empty()) body.pop_back();
  };
  drop_blank_end();
  if (!body.empty() && body.back().starts_with("Read:")) {
    message.read = trimmed(std::string_view(body.back()).substr(5));
    body.pop_back();
    drop_blank_end();
  }
  return message;
}

/// Lines of source that the compiler quotes, and its carets below: "   12 |   int x;".
bool is_quoted_source(std::string_view line) {
  const std::size_t bar = line.find(" |");
  if (bar == std::string_view::npos) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(bar),
                     [](char c) { return c == ' ' || (c >= '0' && c <= '9'); });
}

void write_places(Page& page, const View& view, const std::string& prefix, const Check& check) {
  const Style& style = page.style();
  const int room = page.width() - indent - 2;
  std::size_t shown = 0;
  for (const judge::Place& place : check.where) {
    if (++shown > most_places) {
      page.line(prefix + style(Tone::dim, fmt::format("and {} more places",
                                                      check.where.size() - most_places)));
      return;
    }
    const std::string at =
        place.line > 0 ? fmt::format("{}:{}", place.file, place.line) : place.file;
    const std::string name = clip(at, room / 2);
    const int left = room - display_width(name) - 2;
    page.line(
        prefix + style(Tone::place, name) +
        (place.text.empty() ? "" : "  " + style.with_code(Tone::plain, clip(place.text, left))));
    if (!view.source_line || place.line <= 0) continue;
    const auto source = view.source_line(place.file, place.line);
    if (!source || trimmed(*source).empty()) continue;
    page.line(prefix + "    " +
              style(Tone::strong, clip(clean(trimmed(*source), Lines::join), room - 4)));
  }
}

// @param prefix  of each line, `indent` and two columns wide.
void write_body(Page& page, const std::string& prefix, const std::vector<std::string>& lines) {
  std::size_t written = 0;
  for (const std::string& line : lines) {
    if (++written > most_lines) {
      page.line(prefix + page.style()(Tone::dim, fmt::format("{} more lines are in the JSON result",
                                                             lines.size() - most_lines)));
      break;
    }
    page.paragraph(prefix, indent + 2, line.empty() ? "\n" : line, Tone::plain);
  }
}

void write_titles(Page& page, const std::vector<const Check*>& group) {
  // One missing semicolon fails all checks of a file: their titles would say nothing more.
  const bool many = group.size() > 2 && group.front()->finding == "compile-error";
  if (many) {
    const int points = std::accumulate(group.begin(), group.end(), 0, [](int sum, const Check* c) {
      return sum + c->info.max_score;
    });
    page.columns({.indent = indent,
                  .mark = "✗",
                  .mark_tone = Tone::bad,
                  .left = fmt::format("{} checks could not run", group.size()),
                  .left_tone = Tone::bad,
                  .right = fmt::format("0 of {}", points),
                  .right_tone = Tone::bad});
    return;
  }
  for (const Check* check : group) {
    page.columns({.indent = indent,
                  .mark = "✗",
                  .mark_tone = Tone::bad,
                  .left = check->info.title,
                  .left_tone = Tone::bad,
                  .right = fmt::format("0 of {}", check->info.max_score),
                  .right_tone = Tone::bad});
  }
}

}  // namespace

bool share_an_explanation(const Check& left, const Check& right) {
  return left.status == right.status && left.finding == right.finding &&
         left.message == right.message && left.where == right.where && left.replay == right.replay;
}

void write_failure(Page& page, const View& view, const std::vector<const Check*>& group) {
  const Check& check = *group.front();
  const Style& style = page.style();
  const std::string prefix = std::string(indent, ' ') + style(Tone::bad, "│") + ' ';
  const int prefix_width = indent + 2;

  write_titles(page, group);
  std::string hints;
  if (check.hints_available > 0 && group.size() == 1) {
    hints =
        fmt::format("   {} hint{}", check.hints_available, check.hints_available == 1 ? "" : "s");
  }
  const std::string name =
      group.size() == 1 ? fmt::format("   {} ({})", check.info.id, check.info.kind) : "";
  const std::string finding = check.finding.value_or("");
  page.line(
      prefix + style(Tone::bad, finding) +
      style(Tone::dim, clip(name + hints, page.width() - prefix_width - display_width(finding))));

  const Message message = split_message(check.message);
  write_body(page, prefix, message.body);
  write_places(page, view, prefix, check);
  if (!message.read.empty()) {
    page.line(prefix + style(Tone::advice, "Read") + "    " +
              clip(message.read, page.width() - prefix_width - 8));
  }
  if (check.replay) {
    page.line(prefix + style(Tone::advice, "Replay") + "  " +
              clip(view.replay_command ? view.replay_command(check.info.id) : *check.replay,
                   page.width() - prefix_width - 8));
  }
}

void write_shown(Page& page, const Check& check) {
  write_body(page, std::string(indent, ' ') + page.style()(Tone::good, "│") + ' ',
             split_lines(check.message));
}

void write_error(Page& page, const Check& check) {
  const Style& style = page.style();
  page.columns({.indent = indent,
                .mark = "!",
                .mark_tone = Tone::caution,
                .left = check.info.title,
                .left_tone = Tone::plain,
                .right = "error",
                .right_tone = Tone::caution});
  const std::string prefix = std::string(indent, ' ') + style(Tone::caution, "│") + ' ';
  page.line(prefix + style(Tone::dim, clip(check.info.id, page.width() - indent - 2)));
  page.paragraph(prefix, indent + 2, "This could not be checked; it costs you no point.",
                 Tone::plain);
  page.paragraph(prefix, indent + 2, check.message, Tone::plain);
}

void write_diagnostics(Page& page, const judge::CompilerReport& compiler) {
  if (compiler.status == "ok") return;
  const Style& style = page.style();
  const bool refused = compiler.status == "failed";
  const Tone tone = refused ? Tone::bad : Tone::caution;
  page.paragraph("", 0,
                 refused ? "✗ The compiler could not compile all of it"
                         : "! The compiler warns (that costs no points)",
                 tone);
  const std::string prefix = "  " + style(tone, "│") + ' ';
  const std::vector<std::string> lines = split_lines(compiler.diagnostics);
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (at == most_diagnostics) {
      page.line(prefix + style(Tone::dim, fmt::format("{} more lines are in the JSON result",
                                                      lines.size() - at)));
      break;
    }
    if (is_quoted_source(lines[at])) {
      // Not wrapped, so that the carets stay in their places; g++ pads with spaces on the right.
      page.line(prefix + clip(expand_tabs(trimmed_right(lines[at])), page.width() - 4));
    } else {
      page.paragraph(prefix, 4, lines[at].empty() ? "\n" : lines[at], Tone::plain);
    }
  }
}

}  // namespace report
