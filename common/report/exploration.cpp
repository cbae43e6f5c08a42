#include "common/report/exploration.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/report/layout.h"
#include "common/report/text.h"

namespace report {

using interleave::Outcome;

namespace {

std::string schedules_text(std::uint64_t count) {
  return count == 1 ? "1 schedule" : fmt::format("{} schedules", count);
}

std::string preemptions_text(std::uint32_t count) {
  return count == 1 ? "1 preemption" : fmt::format("{} preemptions", count);
}

// How far the search went, for who wants to know what "nothing found" means.
std::string reach_text(const Exploration& exploration) {
  const explore::Found& found = exploration.found;
  if (found.everything) return "These are all that there are.";
  if (found.complete_up_to > 0) {
    return fmt::format("Among them are all with at most {}.",
                       preemptions_text(static_cast<std::uint32_t>(found.complete_up_to)));
  }
  if (found.complete_up_to == 0) return "Among them are all without a preemption.";
  return "That is a sample: there are more.";
}

}  // namespace

std::string to_string(explore::Way way) {
  switch (way) {
    case explore::Way::mixed:
      return "mixed";
    case explore::Way::systematic:
      return "dfs";
    case explore::Way::priorities:
      return "pct";
    case explore::Way::random:
      return "random";
  }
  return "mixed";
}

std::string summary(const Exploration& exploration) {
  const explore::Found& found = exploration.found;
  if (!found.failed()) {
    return fmt::format("Nothing found in {}. {}", schedules_text(found.schedules),
                       reach_text(exploration));
  }
  const std::string cost = preemptions_text(found.cost);
  if (exploration.replayed) return fmt::format("This schedule takes {}.", cost);
  return fmt::format("Found in schedule {}; it takes {}.", found.schedules, cost);
}

bool is_finding(const Exploration& exploration) {
  switch (exploration.found.outcome) {
    case Outcome::race:
    case Outcome::deadlock:
    case Outcome::livelock:
    case Outcome::crash:
    case Outcome::wrong_mechanism:
    case Outcome::lock_misuse:
      return true;
    default:
      return false;
  }
}

std::string render(const Exploration& exploration, bool colour, int width) {
  Page page(colour, width);
  const Style& style = page.style();
  const explore::Found& found = exploration.found;
  if (!found.failed()) {
    page.paragraph(style(Tone::good, "\u2714") + " ", 2, summary(exploration), Tone::plain);
    return page.take();
  }
  const explore::Story& story = exploration.story;
  page.paragraph(style(Tone::bad, "\u2718") + " ", 2, story.kind + ": " + story.headline,
                 Tone::strong);
  for (const std::string& detail : story.details) page.paragraph("  ", 2, detail, Tone::plain);
  page.blank();
  const std::string table = explore::table_of(story, static_cast<std::size_t>(page.width()));
  for (std::size_t at = 0; at < table.size();) {
    const std::size_t end = std::min(table.find('\n', at), table.size());
    const std::string row = clean(table.substr(at, end - at), Lines::join);
    page.line(at == 0 ? style(Tone::strong, row) : row);
    at = end + 1;
  }
  page.blank();
  if (!exploration.output.empty()) {
    page.line(style(Tone::dim, "The program printed:"));
    std::size_t at = 0;
    for (int line = 0; line < 10 && at < exploration.output.size(); ++line) {
      const std::size_t end =
          std::min(exploration.output.find('\n', at), exploration.output.size());
      page.paragraph("  ", 2, clean(exploration.output.substr(at, end - at), Lines::join),
                     Tone::plain);
      at = end + 1;
    }
    page.blank();
  }
  if (!story.advice.empty()) page.paragraph("", 0, story.advice, Tone::advice);
  page.paragraph("", 0, summary(exploration), Tone::dim);
  return page.take();
}

nlohmann::ordered_json to_json(const Exploration& exploration) {
  using nlohmann::ordered_json;
  const explore::Found& found = exploration.found;
  const explore::Search& search = exploration.search;
  const auto plain = [](const std::string& text) { return clean(text, Lines::join); };
  const auto all_plain = [&](const std::vector<std::string>& texts) {
    ordered_json all = ordered_json::array();
    for (const std::string& text : texts) all.push_back(plain(text));
    return all;
  };
  const auto line = [&](const explore::Line& at) {
    return ordered_json{{"file", plain(at.file)},
                        {"line", at.number},
                        {"function", plain(at.function)},
                        {"text", plain(at.text)}};
  };
  ordered_json result;
  result["schema"] = "ipclab.exploration/1";
  result["program"] = plain(exploration.program);
  result["arguments"] = all_plain(exploration.arguments);
  result["strategy"] = to_string(search.way);
  result["seed"] = search.seed;
  result["weak_memory"] = search.weak_memory;
  result["schedules"] = found.schedules;
  result["seconds"] = found.seconds;
  result["everything"] = found.everything;
  result["complete_up_to"] = nullptr;
  if (!found.failed() && found.complete_up_to >= 0) {
    result["complete_up_to"] = found.complete_up_to;
  }
  result["finding"] = nullptr;
  result["error"] = nullptr;
  if (!found.failed()) return result;
  const explore::Story& story = exploration.story;
  ordered_json finding;
  finding["kind"] = plain(story.kind);
  finding["message"] = plain(story.headline);
  finding["details"] = all_plain(story.details);
  finding["advice"] = plain(story.advice);
  finding["preemptions"] = found.cost;
  finding["schedule"] = explore::to_id(found.choices);
  finding["replay"] = nullptr;
  if (!exploration.id.empty()) finding["replay"] = plain(exploration.id);
  finding["actors"] = all_plain(story.actors);
  finding["steps"] = ordered_json::array();
  for (const explore::Row& row : story.rows) {
    ordered_json step = {{"number", row.number}, {"actor", row.actor}, {"what", plain(row.what)}};
    step.update(line(row.line));
    step["after"] = nullptr;
    if (row.after && *row.after < story.rows.size()) {
      step["after"] = story.rows[*row.after].number;
    }
    step["matters"] = row.matters;
    step["decisive"] = row.decisive;
    finding["steps"].push_back(step);
  }
  finding["stacks"] = ordered_json::array();
  for (const auto& stack : story.stacks) {
    ordered_json lines = ordered_json::array();
    for (const explore::Line& at : stack) lines.push_back(line(at));
    finding["stacks"].push_back(lines);
  }
  finding["output"] = clean(exploration.output);
  result[is_finding(exploration) ? "finding" : "error"] = finding;
  return result;
}

}  // namespace report
