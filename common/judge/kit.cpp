#include "common/judge/kit.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace judge {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Reads one of the kit's JSON files and hands its contents to `use`, so that whatever is wrong
/// with it (not there, not JSON, a key missing) is told with the file's name.
template <class Use>
auto with_file(const fs::path& path, Use use) {
  std::ifstream file(path);
  if (!file) {
    throw std::runtime_error("the kit's " + path.string() + " cannot be read");
  }
  try {
    return use(json::parse(file));
  } catch (const json::exception& problem) {
    throw std::runtime_error("the kit's " + path.string() +
                             " is not what it should be: " + problem.what());
  }
}

/// "01-pipe": two digits, a hyphen and a topic.
bool is_lab_name(const std::string& name) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  return name.size() > 3 && digit(name[0]) && digit(name[1]) && name[2] == '-';
}

Lab read_lab(const fs::path& directory) {
  return with_file(directory / "lab.json", [&](const json& contents) {
    Lab lab;
    lab.name = directory.filename().string();
    contents.at("title").get_to(lab.title);
    contents.at("files").get_to(lab.files);
    for (const json& part : contents.at("parts")) {
      lab.parts.push_back(
          {part.at("letter").get<std::string>(), part.at("title").get<std::string>()});
    }
    lab.programs = contents.value("programs", lab.programs);
    lab.needs = contents.value("needs", lab.needs);
    return lab;
  });
}

}  // namespace

std::string to_string(Build build) {
  switch (build) {
    case Build::plain:
      return "plain";
    case Build::sanitized:
      return "sanitized";
    case Build::interleaved:
      return "interleaved";
  }
  return "";
}

Kit::Kit(fs::path root) : root_(std::move(root)) {
  const fs::path description = root_ / "kit.json";
  if (!fs::exists(description)) {
    throw std::runtime_error("there is no kit in '" + root_.string() +
                             "' (kit.json is missing): build one with "
                             "`cmake --build build --target kit`");
  }
  with_file(description, [&](const json& contents) {
    contents.at("compiler").get_to(compiler_);
    for (const Build build : {Build::plain, Build::sanitized, Build::interleaved}) {
      contents.at(to_string(build)).at("compile").get_to(compile_flags_[build]);
      contents.at(to_string(build)).at("link").get_to(link_flags_[build]);
    }
  });
}

Kit Kit::of_this_program() {
  if (const char* place = std::getenv("IPCLAB_KIT"); place != nullptr && *place != '\0') {
    return Kit(fs::absolute(place));
  }
  return Kit(fs::read_symlink("/proc/self/exe").parent_path().parent_path());
}

std::vector<Lab> Kit::labs() const {
  std::vector<Lab> labs;
  for (const fs::directory_entry& entry : fs::directory_iterator(root_)) {
    if (is_lab_name(entry.path().filename().string()) && fs::exists(entry.path() / "lab.json")) {
      labs.push_back(read_lab(entry.path()));
    }
  }
  std::sort(labs.begin(), labs.end(),
            [](const Lab& left, const Lab& right) { return left.name < right.name; });
  return labs;
}

Hints Kit::hints(const std::string& lab) const {
  const fs::path file = root_ / lab / "hints.json";
  if (!fs::exists(file)) return {};
  return with_file(file, [](const json& contents) { return contents.get<Hints>(); });
}

fs::path Kit::judge(const std::string& lab) const { return root_ / lab / "judge"; }

const std::vector<std::string>& Kit::compile_flags(Build build) const {
  return compile_flags_.at(build);
}

const std::vector<std::string>& Kit::link_flags(Build build) const { return link_flags_.at(build); }

}  // namespace judge
