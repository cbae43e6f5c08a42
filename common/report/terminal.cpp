#include "common/report/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/report/failure.h"
#include "common/report/layout.h"
#include "common/report/text.h"

namespace report {

namespace {

using Checks = std::vector<const Check*>;

/// The checks of each part, in the order in which the parts first appear.
std::vector<Checks> by_part(const LabResult& result) {
  std::vector<Checks> parts;
  for (const Check& check : result.checks) {
    const auto same = std::find_if(parts.begin(), parts.end(), [&](const Checks& part) {
      return part.front()->info.part == check.info.part;
    });
    if (same == parts.end()) {
      parts.push_back({&check});
    } else {
      same->push_back(&check);
    }
  }
  return parts;
}

struct Points {
  int score = 0;
  int max_score = 0;
};

/// What the report adds up: without the checks that the grader failed at.
template <class Selected>
Points points_of(const LabResult& result, Selected selected) {
  Points points;
  for (const Check& check : result.checks) {
    if (check.status == "error" || !selected(check)) continue;
    points.score += check.score;
    points.max_score += check.info.max_score;
  }
  return points;
}

std::string out_of(const Points& points) {
  return fmt::format("{} of {}", points.score, points.max_score);
}

std::string seconds_text(double seconds) { return fmt::format("{:.1f} s", seconds); }

bool all_not_started(const Checks& checks) {
  return std::all_of(checks.begin(), checks.end(),
                     [](const Check* check) { return check->status == "not-started"; });
}

void write_heading(Page& page, const LabResult& result) {
  const Style& style = page.style();
  const std::string time = seconds_text(result.seconds);
  const int room = page.width() - display_width(result.lab) - display_width(time) - 5;
  const std::string title = clip(result.title, room);
  const int gap =
      page.width() - display_width(result.lab) - 3 - display_width(title) - display_width(time);
  page.line(style(Tone::strong, result.lab) + "   " + style(Tone::strong, title) +
            std::string(static_cast<std::size_t>(std::max(1, gap)), ' ') + style(Tone::dim, time));
}

void write_isolation(Page& page, const LabResult& result, const View& view) {
  if (result.isolation == "bubblewrap") return;
  const std::string what =
      result.isolation == "none"
          ? "! This ran without any isolation: grade only code that you trust."
          : "! This ran isolated by landlock, as namespaces cannot be had here.";
  page.paragraph("", 0, what + " `" + view.doctor_command + "` tells why.", Tone::caution);
}

void write_part(Page& page, const View& view, const Checks& checks, const LabResult& result) {
  const std::string& letter = checks.front()->info.part;
  const auto title = view.part_titles.find(letter);
  const std::string name = letter + "   " + (title == view.part_titles.end() ? "" : title->second);
  if (all_not_started(checks)) {
    page.columns(
        {.left = name, .left_tone = Tone::dim, .right = "not started", .right_tone = Tone::dim});
    return;
  }
  const Points points =
      points_of(result, [&](const Check& check) { return check.info.part == letter; });
  const bool full = points.score == points.max_score;
  page.columns({.left = name,
                .left_tone = Tone::strong,
                .right = out_of(points),
                .right_tone = full ? Tone::good : Tone::strong});

  Checks told;
  Points not_started;
  int not_started_checks = 0;
  bool explained = false;  // an explanation stands apart from what follows it
  for (const Check* check : checks) {
    if (check->status == "not-started") {
      ++not_started_checks;
      not_started.max_score += check->info.max_score;
      continue;
    }
    if (std::find(told.begin(), told.end(), check) != told.end()) continue;
    if (explained) page.blank();
    const bool is_shown = check->status == "passed" && view.is_thorough && !check->message.empty();
    explained = check->status != "passed" || is_shown;
    if (check->status == "passed") {
      page.columns({.indent = indent,
                    .mark = "✓",
                    .mark_tone = Tone::good,
                    .left = check->info.title,
                    .right = std::to_string(check->info.max_score),
                    .right_tone = Tone::dim});
      if (is_shown) write_shown(page, *check);
    } else if (check->status == "error") {
      write_error(page, *check);
    } else {
      Checks group;
      std::copy_if(checks.begin(), checks.end(), std::back_inserter(group),
                   [&](const Check* other) { return share_an_explanation(*check, *other); });
      told.insert(told.end(), group.begin(), group.end());
      write_failure(page, view, group);
    }
  }
  if (not_started_checks > 0 && explained) page.blank();
  if (not_started_checks > 0) {
    page.columns({.indent = indent,
                  .mark = "○",
                  .mark_tone = Tone::dim,
                  .left = fmt::format("{} check{} not started", not_started_checks,
                                      not_started_checks == 1 ? "" : "s"),
                  .left_tone = Tone::dim,
                  .right = out_of(not_started),
                  .right_tone = Tone::dim});
  }
}

void write_total(Page& page, const LabResult& result) {
  const Style& style = page.style();
  const Points points{result.score(), result.max_score()};
  const bool full = points.score == points.max_score;
  const std::string text = fmt::format("{} points", out_of(points));
  page.line(bar(style, points.score, points.max_score, page.width() - display_width(text) - 3) +
            "   " + style(full ? Tone::good : Tone::strong, text));

  std::string kinds_line;
  std::string plain;
  for (const std::string& kind : kinds()) {
    const Points part =
        points_of(result, [&](const Check& check) { return check.info.kind == kind; });
    if (part.max_score == 0) continue;
    const std::string piece = fmt::format("{} {}/{}", kind, part.score, part.max_score);
    if (!plain.empty() && display_width(plain + "   " + piece) > page.width()) {
      page.line(kinds_line);
      kinds_line.clear();
      plain.clear();
    }
    const std::string gap = plain.empty() ? "" : "   ";
    plain += gap + piece;
    kinds_line += gap + style(part.score == part.max_score ? Tone::good : Tone::dim, piece);
  }
  page.line(kinds_line);
}

/// What a command is for, and the command: on one line, if there is room.
void write_command(Page& page, const std::string& what, const std::string& why,
                   const std::string& command) {
  const Style& style = page.style();
  const int room = page.width() - display_width(what + why);
  if (display_width(command) <= room) {
    page.line(style(Tone::advice, what) + style(Tone::dim, why) + command);
  } else {
    page.paragraph("", 0, what + why, Tone::dim);
    page.paragraph("    ", 4, command, Tone::plain);
  }
}

void write_beginning(Page& page, const View& view) {
  if (view.handout.empty()) return;
  page.blank();
  page.line(page.style()(Tone::advice, "Begin") + "  with " + view.handout);
}

void write_what_to_do(Page& page, const LabResult& result, const View& view) {
  if (result.has_errors()) {
    page.blank();
    page.paragraph(
        "", 0,
        "! Some checks could not be made. That is not your fault: their points are left out of the "
        "total. `" +
            view.doctor_command + "` tells what this machine lacks.",
        Tone::caution);
  }
  if (is_not_started(result)) write_beginning(page, view);
  // Against a compiler's error no hint helps.
  const auto has_hint = [](const Check& check) {
    return check.status == "failed" && check.hints_available > 0 &&
           check.finding != "compile-error";
  };
  const auto failed = std::find_if(result.checks.begin(), result.checks.end(), has_hint);
  if (failed == result.checks.end() || !view.hint_command) return;
  page.blank();
  write_command(page, "A hint", " for the first failed check  ",
                view.hint_command(failed->info.id, true));
  const auto next = std::find_if(std::next(failed), result.checks.end(), has_hint);
  if (next == result.checks.end()) return;
  write_command(page, "      ", " for any other               ",
                view.hint_command(next->info.id, false));
}

}  // namespace

bool is_not_started(const LabResult& result) {
  return !result.checks.empty() &&
         std::all_of(result.checks.begin(), result.checks.end(),
                     [](const Check& check) { return check.status == "not-started"; });
}

std::string render(const LabResult& result, const View& view) {
  Page page(view.colour, view.width);
  page.blank();
  write_heading(page, result);
  write_isolation(page, result, view);
  if (result.compiler.status == "failed") {
    page.blank();
    write_diagnostics(page, result.compiler);
  }
  bool folded = false;  // parts that nobody has started stand close together
  for (const Checks& part : by_part(result)) {
    const bool fold = all_not_started(part);
    if (!(fold && folded)) page.blank();
    write_part(page, view, part, result);
    folded = fold;
  }
  if (result.compiler.status == "warnings") {
    page.blank();
    write_diagnostics(page, result.compiler);
  }
  page.blank();
  write_total(page, result);
  write_what_to_do(page, result, view);
  page.blank();
  return page.take();
}

std::string render_not_started(const LabResult& result, const View& view) {
  Page page(view.colour, view.width);
  page.columns({.left = result.lab + "   " + result.title,
                .left_tone = Tone::dim,
                .right = "not started",
                .right_tone = Tone::dim});
  return page.take();
}

std::string render_beginning(const View& view) {
  Page page(view.colour, view.width);
  write_beginning(page, view);
  page.blank();
  return page.take();
}

std::string render_summary(const std::vector<LabResult>& results, const View& view) {
  Page page(view.colour, view.width);
  const Style& style = page.style();
  const int bar_width = page.width() / 3;
  int name_width = 0;
  Points all;
  for (const LabResult& result : results) {
    name_width = std::max(name_width, display_width(result.lab));
    all.score += result.score();
    all.max_score += result.max_score();
  }
  const auto row = [&](const std::string& name, const Points& points, bool strong) {
    const bool full = points.score == points.max_score;
    page.line(style(strong ? Tone::strong : Tone::plain, pad(name, name_width)) + "   " +
              bar(style, points.score, points.max_score, bar_width) + "   " +
              style(full ? Tone::good : Tone::strong, out_of(points)));
  };
  name_width = std::max(name_width, display_width("all labs"));
  for (const LabResult& result : results) {
    row(result.lab, {result.score(), result.max_score()}, false);
  }
  row("all labs", all, true);
  page.blank();
  return page.take();
}

}  // namespace report
