#include "tests/proof/material.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <stdexcept>

namespace proof {

namespace fs = std::filesystem;

namespace {

const fs::path source = IPCLAB_SOURCE_DIR;

bool is_lab(const std::string& name) {
  return name.size() > 3 && std::isdigit(static_cast<unsigned char>(name[0])) != 0 &&
         std::isdigit(static_cast<unsigned char>(name[1])) != 0 && name[2] == '-';
}

std::vector<fs::path> sorted_entries(const fs::path& directory) {
  std::vector<fs::path> entries;
  if (!fs::is_directory(directory)) return entries;
  for (const auto& entry : fs::directory_iterator(directory)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace

fs::path Lab::tests() const { return source / "tests" / name; }
fs::path Lab::solution() const { return source / "solutions" / name; }

std::vector<fs::path> Lab::mutants() const {
  std::vector<fs::path> patches = sorted_entries(tests() / "mutants");
  std::erase_if(patches, [](const fs::path& path) { return path.extension() != ".patch"; });
  return patches;
}

std::vector<fs::path> Lab::alternates() const {
  std::vector<fs::path> directories = sorted_entries(tests() / "alternates");
  std::erase_if(directories, [](const fs::path& path) { return !fs::is_directory(path); });
  return directories;
}

std::vector<Lab> all_labs() {
  std::vector<Lab> labs;
  for (const fs::path& path : sorted_entries(source / "tests")) {
    if (is_lab(path.filename().string())) labs.push_back({path.filename().string()});
  }
  return labs;
}

Mutant read_mutant(const fs::path& file) {
  Mutant mutant;
  mutant.file = file;
  std::ifstream stream(file);
  const auto line = [&](const std::string& title) {
    std::string text;
    std::getline(stream, text);
    if (!text.starts_with(title + ": ") || text.size() == title.size() + 2) {
      throw std::runtime_error(file.string() + " must say \"" + title + ": ...\", and says \"" +
                               text + "\"");
    }
    return text.substr(title.size() + 2);
  };
  mutant.misconception = line("Misconception");
  mutant.caught_by = line("Caught by");
  mutant.finding = line("Finding");
  return mutant;
}

}  // namespace proof
