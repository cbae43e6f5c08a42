#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/cli/progress_store.h"
#include "common/cli/screen.h"
#include "common/cli/selection.h"
#include "common/report/layout.h"
#include "common/report/text.h"

namespace cli {

namespace {

using report::LabResult;
using report::Tone;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The check that `wanted` means: its name, or any part of it that no other check has.
std::string find_check(const judge::Hints& hints, const std::string& lab,
                       const std::string& wanted) {
  std::vector<std::string> matching;
  std::string all;
  for (const auto& [check, texts] : hints) {
    if (check == wanted) return check;
    if (lower(check).find(lower(wanted)) != std::string::npos) matching.push_back(check);
    all += "\n    " + check;
  }
  if (matching.size() == 1) return matching.front();
  std::string listed;
  for (const std::string& check : matching) listed += "\n    " + check;
  const std::string name = report::clean(wanted, report::Lines::join);
  if (matching.empty()) {
    throw UsageError(
        fmt::format("{} has no hints for a check called '{}'; it has some for:{}", lab, name, all));
  }
  throw UsageError(fmt::format("'{}' may mean several checks of {}:{}", name, lab, listed));
}

/// The first check of `result` with this status for which there are hints. Against a compiler's
/// error no hint helps.
const report::Check* first_with(const LabResult& result, const judge::Hints& hints,
                                const std::string& status) {
  const auto found =
      std::find_if(result.checks.begin(), result.checks.end(), [&](const report::Check& check) {
        return check.status == status && hints.contains(check.info.id) &&
               check.finding != "compile-error";
      });
  return found == result.checks.end() ? nullptr : &*found;
}

bool does_not_compile(const LabResult& result) {
  return std::any_of(result.checks.begin(), result.checks.end(),
                     [](const report::Check& check) { return check.finding == "compile-error"; });
}

std::string title_of(const std::optional<LabResult>& result, const std::string& check) {
  if (!result) return "";
  for (const report::Check& known : result->checks) {
    if (known.info.id == check) return known.info.title;
  }
  return "";
}

}  // namespace

int hint(const judge::Kit& kit, const HintOptions& options) {
  const judge::Lab lab = find_lab(kit.labs(), options.lab);
  const judge::Hints hints = kit.hints(lab.name);
  const ProgressStore store(kit.root());
  const std::optional<LabResult> last = store.last_result(lab.name);
  const Screen screen = Screen::of(STDOUT_FILENO, options.colour);
  report::Page page(screen.colour, screen.columns);

  std::string id;
  if (options.check) {
    id = find_check(hints, lab.name, *options.check);
  } else if (!last) {
    throw UsageError(fmt::format(
        "{} has not been graded yet, so it is not known what a hint is wanted for. Grade it first "
        "(`{}`), or name a check",
        lab.name, command_text("grade", lab.name)));
  } else if (const report::Check* failed = first_with(*last, hints, "failed")) {
    id = failed->info.id;
  } else if (does_not_compile(*last)) {
    print(screen.fd, fmt::format("{} does not compile: that comes first. `{}` shows what the "
                                 "compiler says.\n",
                                 lab.name, command_text("grade", lab.name)));
    return full_marks;
  } else if (const report::Check* untouched = first_with(*last, hints, "not-started")) {
    id = untouched->info.id;
  } else if (last->score() == last->max_score()) {
    print(screen.fd, fmt::format("{} has full marks: there is nothing to hint at.\n", lab.name));
    return full_marks;
  } else {
    print(screen.fd, fmt::format("There are no hints for what is missing in {}: the handout, "
                                 "labs/{}/README.md, tells more.\n",
                                 lab.name, lab.name));
    return full_marks;
  }

  const std::vector<std::string>& texts = hints.at(id);
  const int total = static_cast<int>(texts.size());
  const int before = std::clamp(store.hints_shown(lab.name, id), 0, total);
  const int now = std::min(before + 1, total);
  const bool remembered = now == before || store.set_hints_shown(lab.name, id, now);

  page.blank();
  page.columns({.left = id,
                .left_tone = Tone::strong,
                .right = fmt::format("hint {} of {}", now, total),
                .right_tone = Tone::dim});
  page.paragraph("", 0, title_of(last, id), Tone::plain);
  for (int at = 0; at < now; ++at) {
    page.blank();
    const std::string text = report::clean(texts[static_cast<std::size_t>(at)]);
    const bool is_new = at + 1 == now;
    const std::string number =
        page.style()(is_new ? Tone::advice : Tone::dim, std::to_string(at + 1)) + "  ";
    bool first = true;
    for (const std::string& line : report::split_lines(text)) {
      for (const std::string& piece : report::wrap(line, page.width() - 3)) {
        page.line((first ? number : "   ") +
                  page.style().with_code(is_new ? Tone::plain : Tone::dim, piece));
        first = false;
      }
    }
  }
  page.blank();
  const std::string again = options.check ? command_text("hint", lab.name, {.check = id})
                                          : command_text("hint", lab.name);
  if (now < total) {
    page.line(page.style()(Tone::dim, fmt::format("{} more: ", total - now)) + again);
  } else {
    page.paragraph("", 0,
                   fmt::format("That is the last of them. The handout, labs/{}/README.md, explains "
                               "the rest.",
                               lab.name),
                   Tone::dim);
  }
  if (!remembered) {
    page.paragraph("", 0,
                   "The next call shows the same again: what was shown cannot be remembered in " +
                       report::clean(store.directory().string(), report::Lines::join) + ".",
                   Tone::dim);
  }
  page.blank();
  print(screen.fd, page.take());
  return full_marks;
}

}  // namespace cli
