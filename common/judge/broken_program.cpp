#include "common/judge/broken_program.h"

#include <filesystem>
#include <map>
#include <stdexcept>

#include "common/explore/explorer.h"
#include "common/explore/kept_schedule.h"
#include "common/explore/story.h"
#include "common/explore/strategy.h"

namespace judge {

namespace {

bool is_the_graders_fault(interleave::Outcome outcome) {
  using enum interleave::Outcome;
  return outcome == diverged || outcome == full || outcome == stuck || outcome == spoiled;
}

}  // namespace

Performed perform_broken_program(const Kit& kit, const std::string& lab, const std::string& name,
                                 const std::vector<std::string>& names,
                                 const std::vector<interleave::Turn>& turns) {
  const std::filesystem::path file = kit.root() / lab / "broken" / name;
  explore::Explorer explorer(file, {}, 1);
  explore::Search search;
  search.weak_memory = false;  // who writes a schedule says who goes on, and nothing else
  const explore::Run run = explorer.perform(search, turns);
  // The source as it was compiled: the student may have changed his copy.
  std::map<std::string, std::string> sources;
  const std::string source = name + ".cpp";
  if (const auto text = explore::source_on_disk(file.string() + ".cpp")) sources[source] = *text;
  explore::Lines lines(file, explore::sources_by_name(sources));
  explore::Story story = explore::tell(explorer.program(), lines, names);
  if (is_the_graders_fault(run.outcome)) {
    throw std::runtime_error(name + " could not be run to its end: " + story.headline);
  }
  Performed performed;
  performed.went_wrong = run.outcome != interleave::Outcome::finished;
  if (performed.went_wrong) performed.what = story.headline;
  story.unfold();
  performed.table = explore::table_of(story);
  performed.id = explore::ScheduleStore(kit.root())
                     .keep({name,
                            {},
                            search,
                            explore::choices_of(run.decisions),
                            story.kind,
                            "",
                            names,
                            sources,
                            ""},
                           file);
  return performed;
}

}  // namespace judge
