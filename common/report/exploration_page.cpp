#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/report/exploration.h"
#include "common/report/html.h"
#include "common/report/lanes.h"

namespace report {

using explore::Line;
using explore::Row;
using explore::Story;

namespace {

// Few colours, each of which says what a mark or a word says too.
constexpr std::string_view style_sheet = R"(
:root { color-scheme: light dark;
  --paper: #fbfaf8; --ink: #1e2228; --quiet: #5c6570; --hair: #dcdfe4; --life: #b9c0ca;
  --box: #ffffff; --edge: #c9cfd8; --arrow: #2f63b5; --alarm: #b3261e; --tint: #fcefed;
  --good: #20733a; --code: #f1f1ee;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) { :root {
  --paper: #15181c; --ink: #e4e7eb; --quiet: #9ba5b1; --hair: #2b3037; --life: #4a525d;
  --box: #1e2227; --edge: #434b56; --arrow: #86b4ff; --alarm: #ff958c; --tint: #2d1d1e;
  --good: #7fd096; --code: #1e2227;
} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 var(--sans);
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
main { max-width: 88rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1, h2, p, ul, ol, pre, figure { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.3; font-weight: 600; max-width: 48rem; margin: .25rem 0 1rem; }
h2 { font-size: 1.0625rem; font-weight: 600; margin: 2.75rem 0 .75rem; }
code, pre { font-family: var(--mono); font-size: .875em; }
p code, li code { background: var(--code); border-radius: .25rem; padding: .1em .3em; }
pre { background: var(--code); border: 1px solid var(--hair); border-radius: .5rem;
  padding: .75rem 1rem; overflow-x: auto; }
.kind { font-weight: 600; font-size: .9375rem; color: var(--alarm); }
.kind.good { color: var(--good); }
.program, .summary { color: var(--quiet); font-size: .875rem; }
.program { overflow-wrap: anywhere; margin-bottom: .75rem; }
.program code { background: none; padding: 0; }
.details { padding-left: 1.2rem; max-width: 48rem; overflow-wrap: anywhere; }
.advice { border-left: 3px solid var(--arrow); padding: .1rem 0 .1rem 1rem; margin: 1.25rem 0 0;
  max-width: 48rem; }
.advice b { display: block; font-size: .875rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.switch { position: absolute; opacity: 0; }
.switch + label { display: inline-block; margin: 0 0 .75rem; padding: .25rem .75rem; cursor: pointer;
  border: 1px solid var(--edge); border-radius: 1rem; font-size: .875rem; }
.switch + label::before { content: "\2610\2002"; }
.switch:checked + label::before { content: "\2611\2002"; }
.switch:focus-visible + label { outline: 2px solid var(--arrow); outline-offset: 2px; }
.switch ~ .all, .switch:checked ~ .essential { display: none; }
.switch:checked ~ .all { display: block; }
.limit { max-width: 48rem; margin-bottom: .75rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--arrow); outline-offset: 2px; }
.lanes { width: 100%; table-layout: fixed; border-spacing: 0; font-size: .875rem; }
.lanes th, .lanes td { padding: 0; text-align: center; vertical-align: middle; position: relative; }
.lanes thead th { height: 2.5rem; font-weight: 600; border-bottom: 1px solid var(--hair);
  padding: 0 .5rem; overflow-wrap: anywhere; line-height: 1.2; }
.lanes th:first-child { position: sticky; left: 0; z-index: 2; background: var(--paper);
  color: var(--quiet); font-weight: 400; text-align: right; padding: 0 .75rem 0 0;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.lanes .code { text-align: left; padding: 0 .25rem 0 1rem; color: var(--quiet); font-weight: 400; }
.lanes .code code { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  font-size: .8125rem; }
.lanes tbody tr:hover td { background: color-mix(in srgb, var(--hair) 35%, transparent); }
.lanes .folded td.code, .lanes .faint td.code { font-size: .8125rem; }
.lanes svg { position: absolute; left: 0; top: 0; height: 100%; overflow: visible; z-index: 1;
  pointer-events: none; }
.lanes svg path { fill: none; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.lanes svg .life { stroke: var(--life); stroke-width: 2; }
.lanes svg .life.folded { stroke-dasharray: 2 5; }
.lanes svg .before { stroke: var(--arrow); }
.lanes svg circle.before, .lanes svg .head { fill: var(--arrow); stroke: none; }
.lanes svg .race { stroke: var(--alarm); stroke-dasharray: 5 4; }
.step { position: relative; z-index: 2; margin: 0 1.25rem; padding: .2rem .5rem; line-height: 1.25rem;
  border: 1px solid var(--edge); border-radius: .4rem; background: var(--box);
  overflow-wrap: anywhere; }
.step .what { display: block; }
.step .at { display: flex; justify-content: center; font: .75rem/1rem var(--mono);
  color: var(--quiet); white-space: nowrap; }
.step .at span { overflow: hidden; text-overflow: ellipsis; }
.faint .step { border-color: var(--hair); background: var(--paper); padding: .05rem .5rem;
  color: var(--quiet); font-size: .8125rem; line-height: 1.125rem; }
.decisive td, .lanes .decisive th:first-child, .lanes tbody tr.decisive:hover td {
  background: var(--tint); }
.lanes .decisive th:first-child { color: var(--alarm); font-weight: 600; }
.decisive .step { border: 2px solid var(--alarm); padding: .15rem .45rem; }
.decisive .what { font-weight: 600; }
.key { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; list-style: none; padding: 0;
  margin: .9rem 0 0; font-size: .8125rem; color: var(--quiet); }
.key svg { width: 2rem; height: .75rem; vertical-align: -.05rem; margin-right: .4rem; }
.key svg path { fill: none; stroke-width: 1.5; }
.key .before { stroke: var(--arrow); } .key svg .head { fill: var(--arrow); }
.key .race { stroke: var(--alarm); stroke-dasharray: 5 4; }
.key .mark { color: var(--alarm); margin-right: .4rem; }
.stacks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr));
  gap: 1rem; }
.stacks figure { border: 1px solid var(--hair); border-radius: .5rem; padding: .75rem 1rem;
  min-width: 0; }
figcaption { font-weight: 600; font-size: .875rem; margin-bottom: .25rem; }
.stacks ol { list-style: none; padding: 0; }
.stacks li { padding: .35rem 0; overflow-wrap: anywhere; font-size: .875rem; }
.stacks li + li { border-top: 1px solid var(--hair); }
.stacks .at { color: var(--quiet); }
.stacks li > code { display: block; white-space: pre-wrap; background: none; padding: 0; }
.replay p { margin-top: .5rem; }
@media (max-width: 40rem) { main { padding: 1.25rem 1rem 3rem; } h1 { font-size: 1.25rem; }
  .scroll { margin: 0 -1rem; padding: 0 1rem 0 0; }
  .lanes th:first-child { padding: 0 .4rem 0 .25rem; } }
@media print { main { max-width: none; padding: 0; } .switch, .switch + label { display: none; }
  .scroll { overflow: visible; } .lanes th:first-child { position: static; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  tr, figure, pre, .advice { break-inside: avoid; } h2 { break-after: avoid; }
  :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --quiet: #4a4f57; --hair: #cfd3d9;
    --life: #a8afb9; --box: #ffffff; --edge: #9aa2ad; --arrow: #2f63b5; --alarm: #b3261e;
    --tint: #fcefed; --good: #20733a; --code: #f4f4f2; } }
@page { size: landscape; margin: 12mm; }
)";

constexpr double paper = 1020;  // pixels across a landscape page

std::string place_of(const Line& line) {
  return line.number == 0 ? "" : html(line.file) + ":" + std::to_string(line.number);
}

std::string command_of(const Exploration& exploration) {
  std::string words = exploration.program;
  if (!exploration.arguments.empty()) words += " --";
  for (const std::string& argument : exploration.arguments) words += " " + argument;
  return html(words);
}

std::string schedule_of(const Exploration& exploration) {
  const Story& story = exploration.story;
  if (story.rows.empty()) return "";
  const auto shown = std::count_if(story.rows.begin(), story.rows.end(),
                                   [](const Row& row) { return row.matters; });
  const auto all = static_cast<std::ptrdiff_t>(story.rows.size());
  std::string text = "<section>\n<h2>The schedule</h2>\n";
  const std::size_t drawn = shown_in_lanes(story, Steps::all);
  const bool too_many = drawn < story.rows.size();
  if (too_many) {
    text += fmt::format(
        "<p class=\"limit\">The run has {} steps, and this page shows at most {} of them: the "
        "beginning, the end, and what the finding is about.{}</p>\n",
        all, drawn,
        exploration.id.empty()
            ? ""
            : " <code>ipclab replay " + html(exploration.id) + "</code> tells all of them.");
  }
  if (shown == 0 || shown == all) {
    text += lanes_of(story, Steps::all);
  } else {
    text += fmt::format(
        "<input type=\"checkbox\" class=\"switch\" id=\"all\"><label for=\"all\">Show {} {} "
        "steps, "
        "not only the {} that matter most</label>\n",
        too_many ? fmt::format("{} of the", drawn) : "all", all,
        shown_in_lanes(story, Steps::essential));
    text += "<div class=\"essential\">" + lanes_of(story, Steps::essential) + "</div>\n";
    text += "<div class=\"all\">" + lanes_of(story, Steps::all) + "</div>\n";
  }
  text += "<ul class=\"key\">";
  if (std::any_of(story.rows.begin(), story.rows.end(), [](const Row& row) { return row.after; })) {
    text +=
        "<li><svg aria-hidden=\"true\" viewBox=\"0 0 32 12\"><path class=\"before\" d=\"M0 "
        "6H25\"/><path class=\"head\" d=\"M32 6l-7 -4v8z\"/></svg>happens before, and the other "
        "takes up from it</li>";
  }
  if (story.kind == "data-race") {
    text +=
        "<li><svg aria-hidden=\"true\" viewBox=\"0 0 32 12\"><path class=\"race\" d=\"M0 "
        "6H32\"/></svg>nothing says which of the two comes first</li>";
  }
  if (std::any_of(story.rows.begin(), story.rows.end(),
                  [](const Row& row) { return row.decisive; })) {
    text +=
        "<li><span class=\"mark\" aria-hidden=\"true\">\u25b8</span>what the finding is about</li>";
  }
  return text + "</ul>\n</section>\n";
}

// Whose a stack is, is known by the step that ends where it does.
std::string title_of(const std::vector<Line>& stack, const Story& story,
                     std::vector<const Row*>& named) {
  for (const Row& row : story.rows) {
    if (!row.decisive || row.line != stack.front() || row.actor >= story.actors.size()) continue;
    if (std::find(named.begin(), named.end(), &row) != named.end()) continue;
    named.push_back(&row);
    return fmt::format("{}, step {}: {}", html(story.actors[row.actor]), row.number,
                       html(row.what));
  }
  return "Called from";
}

std::string stacks_of(const Story& story) {
  std::string text;
  std::vector<const Row*> named;
  for (const std::vector<Line>& stack : story.stacks) {
    if (stack.empty()) continue;
    text += "<figure><figcaption>" + title_of(stack, story, named) + "</figcaption>\n<ol>";
    for (const Line& line : stack) {
      text += "<li><span class=\"at\">" + place_of(line);
      if (!line.function.empty()) text += " in <code>" + html(line.function) + "</code>";
      text += "</span>";
      if (!line.text.empty()) text += "<code>" + html(line.text) + "</code>";
      text += "</li>";
    }
    text += "</ol></figure>\n";
  }
  if (text.empty()) return "";
  return "<section>\n<h2>Where in the program</h2>\n<div class=\"stacks\">\n" + text +
         "</div>\n</section>\n";
}

std::string replay_of(const Exploration& exploration) {
  if (exploration.id.empty()) return "";
  const Story& story = exploration.story;
  const std::string id = html(exploration.id);
  std::string text = fmt::format(
      "<section class=\"replay\">\n<h2>See it again</h2>\n<pre><code>ipclab replay "
      "{0}</code></pre>\n"
      "<p>runs this schedule once more and tells all of its steps; so does <code>make replay "
      "ID={0}</code>. ",
      id);
  // A debugger can stop before a step, and what a race is about is none.
  const Row* last = nullptr;
  for (const Row& row : story.rows) {
    if (row.matters && (!row.decisive || story.kind == "deadlock")) last = &row;
  }
  if (last != nullptr && last->actor < story.actors.size()) {
    const std::string actor = html(story.actors[last->actor]);
    text += fmt::format(
        "With <code>--gdb &#39;{0}@{1}&#39;</code> a debugger looks at {0} before "
        "its step {1}, and at any other step in the same way.",
        actor, last->number);
  }
  return text + "</p>\n</section>\n";
}

}  // namespace

std::string to_page(const Exploration& exploration) {
  const Story& story = exploration.story;
  const bool failed = exploration.found.failed();
  const std::string kind = failed ? html(story.kind) : "nothing found";
  const double width =
      failed ? std::max(width_of_lanes(story, Steps::essential), width_of_lanes(story, Steps::all))
             : 0;
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; "
      "style-src "
      "&#39;unsafe-inline&#39;\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      kind + ": " + html(exploration.program) + "</title>\n<style>" + std::string(style_sheet) +
      fmt::format("@media print {{ html {{ font-size: {:.1f}px; }} }}\n",
                  std::min(14.0, paper / std::max(width, 1.0))) +
      "</style>\n</head>\n<body>\n<main>\n<header>\n<p class=\"program\"><code>" +
      command_of(exploration) + "</code></p>\n";
  page += fmt::format("<p class=\"kind{}\">{}</p>\n<h1>{}</h1>\n", failed ? "" : " good", kind,
                      failed ? html_with_code(story.headline) : html(summary(exploration)));
  if (!failed) return page + "</header>\n</main>\n</body>\n</html>\n";
  if (!story.details.empty()) {
    page += "<ul class=\"details\">";
    for (const std::string& detail : story.details)
      page += "<li>" + html_with_code(detail) + "</li>";
    page += "</ul>\n";
  }
  if (!story.advice.empty()) {
    page += "<p class=\"advice\"><b>What to look at</b>" + html_with_code(story.advice) + "</p>\n";
  }
  page += "</header>\n" + schedule_of(exploration) + stacks_of(story);
  if (!exploration.output.empty()) {
    page += "<section>\n<h2>What the program printed</h2>\n<pre>" +
            html(exploration.output, Lines::keep) + "</pre>\n</section>\n";
  }
  page += replay_of(exploration);
  page += "<h2 class=\"unseen\">The search</h2>\n<p class=\"summary\" style=\"margin-top:2rem\">" +
          html(summary(exploration)) +
          fmt::format(" Strategy {}, seed {}, weak memory {}.", to_string(exploration.search.way),
                      exploration.search.seed, exploration.search.weak_memory ? "on" : "off") +
          "</p>\n</main>\n</body>\n</html>\n";
  return page;
}

}  // namespace report
