#include "common/cli/progress_store.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/cli/output.h"
#include "common/report/json.h"

namespace cli {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* hints_file = "hints.json";

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// {"01-pipe": {"WriteAll.ThrowsOnErrors": 2}}
json hints_in(const fs::path& directory) {
  json hints = json::parse(text_of(directory / hints_file), nullptr, /*allow_exceptions=*/false);
  return hints.is_object() ? hints : json::object();
}

}  // namespace

ProgressStore::ProgressStore(const fs::path& kit_root) {
  // An empty name at the end, so that "build/kit" and "build/kit/" are the same here.
  const fs::path kit = fs::absolute(kit_root / "").lexically_normal();
  directory_ = kit.parent_path().parent_path() / "progress";
}

std::optional<report::LabResult> ProgressStore::last_result(const std::string& lab) const try {
  report::LabResult result = report::parse_result(text_of(directory_ / (lab + ".json")));
  if (result.lab != lab) return std::nullopt;
  return result;
} catch (const std::exception&) {
  return std::nullopt;
}

bool ProgressStore::keep(const report::LabResult& result) const {
  return write(result.lab + ".json", report::to_text(result));
}

bool ProgressStore::keep_some(const report::LabResult& result) const {
  std::optional<report::LabResult> all = last_result(result.lab);
  if (!all) return false;
  for (const report::Check& check : result.checks) {
    const auto before =
        std::find_if(all->checks.begin(), all->checks.end(),
                     [&](const report::Check& other) { return other.info.id == check.info.id; });
    if (before != all->checks.end()) *before = check;
  }
  all->compiler = result.compiler;
  return keep(*all);
}

int ProgressStore::hints_shown(const std::string& lab, const std::string& check) const try {
  return hints_in(directory_).at(lab).at(check).get<int>();
} catch (const json::exception&) {
  return 0;
}

bool ProgressStore::set_hints_shown(const std::string& lab, const std::string& check,
                                    int count) const {
  json hints = hints_in(directory_);
  if (!hints[lab].is_object()) hints[lab] = json::object();
  hints[lab][check] = count;
  return write(hints_file, hints.dump(2) + '\n');
}

bool ProgressStore::write(const std::string& name, const std::string& text) const try {
  fs::create_directories(directory_);
  AtomicFile(directory_ / name).publish(text);
  return true;
} catch (const std::exception&) {
  return false;
}

}  // namespace cli
