#include "common/judge/broken_program.h"

#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "common/explore/explorer.h"
#include "common/explore/kept_schedule.h"
#include "common/explore/story.h"

namespace judge {

namespace {

constexpr std::size_t table_width = 78;

bool is_the_graders_fault(interleave::Outcome outcome) {
  using enum interleave::Outcome;
  return outcome == diverged || outcome == full || outcome == stuck || outcome == spoiled;
}

}  // namespace

BrokenProgram::BrokenProgram(const Kit& kit, const std::string& lab, std::string name,
                             std::vector<std::string> names)
    : kit_(kit),
      file_(kit.root() / lab / "broken" / name),
      name_(std::move(name)),
      names_(std::move(names)) {}

Performed BrokenProgram::perform(const std::vector<interleave::Turn>& turns) const {
  explore::Explorer explorer(file_, {}, 1);
  explore::Search search;
  search.weak_memory = false;  // who writes a schedule says who goes on, and nothing else
  const explore::Run run = explorer.perform(search, turns);
  // The source as it was compiled: the student may have changed his copy.
  std::map<std::string, std::string> sources;
  const std::string source = name_ + ".cpp";
  if (const auto text = explore::source_on_disk(file_.string() + ".cpp")) sources[source] = *text;
  explore::Lines lines(file_, [&](const std::string& name) -> std::optional<std::string> {
    const auto at = sources.find(std::filesystem::path(name).filename());
    return at == sources.end() ? std::nullopt : std::optional(at->second);
  });
  explore::Story story = explore::tell(explorer.program(), lines, names_);
  if (is_the_graders_fault(run.outcome)) {
    throw std::runtime_error(name_ + " could not be run to its end: " + story.headline);
  }
  Performed performed;
  performed.went_wrong = run.outcome != interleave::Outcome::finished;
  if (performed.went_wrong) performed.what = story.headline;
  story.unfold();
  performed.table = explore::table_of(story, table_width);
  std::vector<std::uint8_t> choices;
  for (const interleave::Decision& decision : run.decisions) choices.push_back(decision.taken);
  performed.id =
      explore::ScheduleStore(kit_.root())
          .keep({name_, {}, search, choices, story.kind, "", names_, sources, ""}, file_);
  return performed;
}

}  // namespace judge
