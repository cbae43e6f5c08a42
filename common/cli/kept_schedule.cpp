#include "common/cli/kept_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/report/text.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

// FNV-1a, of 32 bits: a name, and no secret.
std::uint32_t hash_of(const std::string& text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

bool is_id(const std::string& id) {
  return !id.empty() && id.size() <= 8 &&
         id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

constexpr std::size_t most_kept = 50;

// The oldest go when there are many.
void forget_the_oldest(const fs::path& directory) {
  std::vector<std::pair<fs::file_time_type, fs::path>> kept;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    kept.emplace_back(entry.last_write_time(), entry.path());
  }
  std::sort(kept.begin(), kept.end());
  for (std::size_t i = 0; i + most_kept < kept.size(); ++i) fs::remove_all(kept[i].second);
}

}  // namespace

ScheduleStore::ScheduleStore(const fs::path& kit_root)
    : directory_(kit_root.parent_path() / "schedules") {}

fs::path ScheduleStore::program(const std::string& id) const { return directory_ / id / "program"; }

std::string ScheduleStore::keep(const KeptSchedule& schedule, const fs::path& file) const try {
  nlohmann::ordered_json kept;
  kept["schema"] = "ipclab.schedule/1";
  kept["program"] = schedule.program;
  kept["arguments"] = schedule.arguments;
  kept["seed"] = schedule.search.seed;
  kept["weak_memory"] = schedule.search.weak_memory;
  kept["spurious"] = schedule.search.spurious;
  kept["faults"] = schedule.search.faults;
  kept["kill"] = schedule.search.kill;
  kept["choices"] = explore::to_id(schedule.choices);
  kept["kind"] = schedule.kind;
  const std::string text = kept.dump(2) + "\n";
  const std::string id = fmt::format("{:08x}", hash_of(text));
  fs::create_directories(directory_ / id);
  fs::copy_file(file, program(id), fs::copy_options::overwrite_existing);
  AtomicFile(directory_ / id / "schedule.json").publish(text);
  forget_the_oldest(directory_);
  return id;
} catch (const std::exception&) {
  return "";
}

KeptSchedule ScheduleStore::find(const std::string& id) const {
  if (!is_id(id)) {
    throw UsageError(
        fmt::format("'{}' is no schedule's number: those are up to eight of 0-9 and a-f",
                    report::clean(id, report::Lines::join)));
  }
  std::ifstream file(directory_ / id / "schedule.json");
  if (!file) {
    throw UsageError(
        fmt::format("no schedule {} is kept. A finding's last line names it; the last {} are kept",
                    id, most_kept));
  }
  try {
    const auto kept = nlohmann::json::parse(file);
    KeptSchedule schedule;
    schedule.program = kept.at("program");
    schedule.arguments = kept.at("arguments");
    schedule.search.seed = kept.at("seed");
    schedule.search.weak_memory = kept.at("weak_memory");
    schedule.search.spurious = kept.at("spurious");
    schedule.search.faults = kept.at("faults");
    schedule.search.kill = kept.at("kill");
    schedule.kind = kept.at("kind");
    const auto choices = explore::from_id(kept.at("choices").get<std::string>());
    if (!choices) throw std::runtime_error("its choices make no sense");
    schedule.choices = *choices;
    return schedule;
  } catch (const std::exception& error) {
    throw UsageError(fmt::format("schedule {} cannot be read ({}): explore the program again", id,
                                 report::clean(error.what(), report::Lines::join)));
  }
}

}  // namespace cli
