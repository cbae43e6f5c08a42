#include "common/explore/kept_schedule.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

namespace explore {

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

// Whole under its name, or not at all: several judges may keep the same.
void publish(const fs::path& file, const std::string& text) {
  const fs::path draft = file.string() + "." + std::to_string(::getpid());
  std::ofstream out(draft, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + draft.string());
  fs::rename(draft, file);
}

// The oldest go when there are many.
void forget_the_oldest(const fs::path& directory) {
  std::vector<std::pair<fs::file_time_type, fs::path>> kept;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    kept.emplace_back(entry.last_write_time(), entry.path());
  }
  std::sort(kept.begin(), kept.end());
  for (std::size_t i = 0; i + most_kept < kept.size(); ++i) fs::remove_all(kept[i].second);
}

// Beside a kit of somebody else nothing can be kept.
fs::path directory_for(const fs::path& kit_root) {
  const fs::path beside = kit_root.parent_path();
  const fs::path usual = beside / "schedules";
  std::error_code none;
  if (::access((fs::exists(usual, none) ? usual : beside).c_str(), W_OK) == 0) return usual;
  fs::path own = fs::temp_directory_path() / ("ipclab-schedules-" + std::to_string(::getuid()));
  ::mkdir(own.c_str(), 0700);
  // Whoever else may have made it.
  struct stat status {};
  const bool is_ours =
      ::lstat(own.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::getuid();
  return is_ours ? own : usual;
}

}  // namespace

ScheduleStore::ScheduleStore(const fs::path& kit_root) : directory_(directory_for(kit_root)) {}

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
  kept["choices"] = to_id(schedule.choices);
  kept["kind"] = schedule.kind;
  if (!schedule.playbill.empty()) {
    kept["names"] = schedule.names;
    kept["sources"] = schedule.sources;
    kept["wrong"] = schedule.wrong;
  }
  // What a submission holds need not be UTF-8.
  const std::string text =
      kept.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  char id[9];
  std::snprintf(id, sizeof id, "%08x", hash_of(text));
  fs::create_directories(directory_ / id);
  if (!schedule.playbill.empty()) publish(directory_ / id / "playbill", schedule.playbill);
  const fs::path draft = program(id).string() + "." + std::to_string(::getpid());
  fs::copy_file(file, draft, fs::copy_options::overwrite_existing);
  fs::permissions(draft, fs::perms(0755));
  fs::rename(draft, program(id));
  publish(directory_ / id / "schedule.json", text);
  forget_the_oldest(directory_);
  return id;
} catch (const std::exception&) {
  return "";
}

KeptSchedule ScheduleStore::find(const std::string& id) const {
  if (!is_id(id)) {
    throw NoSchedule("that is no schedule's number: those are up to eight of 0-9 and a-f");
  }
  std::ifstream file(directory_ / id / "schedule.json");
  if (!file) {
    throw NoSchedule("no schedule " + id + " is kept. A finding's last line names it; the last " +
                     std::to_string(most_kept) + " are kept");
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
    schedule.search.kill = kept.at("kill").get<std::vector<std::uint32_t>>();
    schedule.kind = kept.at("kind");
    const auto choices = from_id(kept.at("choices").get<std::string>());
    if (!choices) throw std::runtime_error("its choices make no sense");
    schedule.choices = *choices;
    schedule.names = kept.value("names", schedule.names);
    schedule.sources = kept.value("sources", schedule.sources);
    schedule.wrong = kept.value("wrong", schedule.wrong);
    std::ifstream playbill(directory_ / id / "playbill", std::ios::binary);
    schedule.playbill.assign(std::istreambuf_iterator<char>(playbill), {});
    return schedule;
  } catch (const std::exception& error) {
    throw NoSchedule("schedule " + id + " cannot be read (" + error.what() +
                     "): explore the program again");
  }
}

}  // namespace explore
