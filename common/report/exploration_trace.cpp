#include <map>
#include <string_view>

#include "common/report/exploration.h"
#include "common/report/text.h"

namespace report {

using explore::Row;
using explore::Story;
using nlohmann::ordered_json;

namespace {

/// Under which numbers an actor is shown. A process has that of its first thread, as in Linux.
struct Identity {
  std::size_t process = 1, thread = 1;
};

// "child 2, thread 1" is a thread of "child 2"; "main", and "thread 1" alone, are threads of
// "main".
std::string process_of(std::string_view actor) {
  if (actor.starts_with("thread ")) return "main";
  return std::string(actor.substr(0, actor.find(", thread ")));
}

std::vector<Identity> identities_of(const std::vector<std::string>& actors) {
  std::vector<Identity> identities;
  std::map<std::string, std::size_t> processes;
  for (std::size_t i = 0; i < actors.size(); ++i) {
    const auto process = processes.try_emplace(process_of(actors[i]), i + 1).first;
    identities.push_back({process->second, i + 1});
  }
  return identities;
}

std::string plain(std::string_view text) { return clean(text, Lines::join); }

}  // namespace

ordered_json to_trace(const Exploration& exploration) {
  const Story& story = exploration.story;
  const std::vector<Identity> who = identities_of(story.actors);
  ordered_json events = ordered_json::array();
  const auto name = [&](const char* what, const Identity& id, const std::string& is) {
    events.push_back({{"ph", "M"},
                      {"name", what},
                      {"pid", id.process},
                      {"tid", id.thread},
                      {"args", {{"name", plain(is)}}}});
  };
  for (std::size_t i = 0; i < who.size(); ++i) {
    if (who[i].process == who[i].thread) name("process_name", who[i], process_of(story.actors[i]));
    name("thread_name", who[i], story.actors[i]);
  }
  // One event of a step; `ts` is in microseconds.
  const auto event = [&](const char* phase, const Row& row) {
    return ordered_json{{"ph", phase},
                        {"ts", row.number},
                        {"pid", who[row.actor].process},
                        {"tid", who[row.actor].thread}};
  };
  const auto is_known = [&](const Row& row) { return row.actor < who.size(); };
  for (const Row& row : story.rows) {
    if (!is_known(row)) continue;
    ordered_json slice = event("X", row);
    slice["dur"] = 1;
    slice["name"] = plain(row.what);
    slice["cat"] = row.decisive ? "decisive" : "step";
    slice["args"] = {{"file", plain(row.line.file)},
                     {"line", row.line.number},
                     {"function", plain(row.line.function)},
                     {"text", plain(row.line.text)}};
    events.push_back(slice);
  }
  // Behind the slices that they are bound to.
  std::size_t flows = 0;
  for (std::size_t i = 0; i < story.rows.size(); ++i) {
    const Row& row = story.rows[i];
    if (!row.after || *row.after >= i) continue;
    const Row& before = story.rows[*row.after];
    if (!is_known(row) || !is_known(before)) continue;
    ++flows;
    for (const bool starts : {true, false}) {
      ordered_json flow = event(starts ? "s" : "f", starts ? before : row);
      flow["id"] = flows;
      flow["name"] = "happens before";
      flow["cat"] = "order";
      if (!starts) flow["bp"] = "e";  // the slice around it, not the next one
      events.push_back(flow);
    }
  }
  ordered_json trace;
  trace["traceEvents"] = events;
  trace["displayTimeUnit"] = "ns";
  trace["otherData"] = {{"program", plain(exploration.program)},
                        {"finding", plain(story.kind)},
                        {"message", plain(story.headline)}};
  return trace;
}

}  // namespace report
