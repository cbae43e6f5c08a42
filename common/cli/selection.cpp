#include "common/cli/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "common/cli/exit_status.h"
#include "common/report/text.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

std::string shown(const fs::path& path) {
  return "'" + report::clean(path.string(), report::Lines::join) + "'";
}

bool is_a_directory(const fs::path& path) {
  std::error_code ignored;  // a directory that may not be looked at is none for us
  return fs::is_directory(path, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() > fs::file_type::not_found;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

judge::Lab find_lab(const std::vector<judge::Lab>& labs, const std::string& name) {
  const std::string wanted = name.size() == 1 ? "0" + name : name;
  std::string there_are;
  for (const judge::Lab& lab : labs) {
    if (lab.name == wanted || lab.name.substr(0, 2) == wanted) return lab;
    there_are += fmt::format("\n    {}   {}", lab.name, lab.title);
  }
  throw UsageError(
      fmt::format("there is no lab '{}'. A lab is named by its number or its name; "
                  "there are:{}",
                  report::clean(name, report::Lines::join),
                  there_are.empty() ? " none in this kit" : there_are));
}

Source find_source(const std::optional<std::string>& from) {
  const fs::path built_from = fs::path(IPCLAB_SOURCE_DIR) / "labs";
  if (from) {
    if (!is_a_directory(*from)) {
      throw UsageError(fmt::format(
          "--from {} is no directory. It takes a directory that holds labs, such as 'labs', or the "
          "directory of one lab, such as 'labs/01-pipe'",
          shown(*from)));
    }
    std::error_code ignored;
    const bool own = fs::equivalent(*from, built_from, ignored);
    // An empty name at the end is taken off again: "labs/", "." and "labs" all have a last name.
    return {fs::absolute(fs::path(*from) / "").lexically_normal().parent_path(), own};
  }
  if (is_a_directory("labs")) return {fs::absolute("labs"), true};
  if (is_a_directory(built_from)) return {built_from, true};
  throw UsageError(fmt::format(
      "there are no labs here ('labs') nor in {}. Say with --from DIR where the files to grade are",
      shown(built_from)));
}

bool has_lab(const Source& source, const judge::Lab& lab) {
  return is_a_directory(source.directory / lab.name);
}

fs::path find_submission(const Source& source, const judge::Lab& lab,
                         const std::vector<judge::Lab>& labs) {
  if (has_lab(source, lab)) return source.directory / lab.name;
  const bool is_tree = std::any_of(labs.begin(), labs.end(),
                                   [&](const judge::Lab& other) { return has_lab(source, other); });
  if (is_tree) {
    throw UsageError(fmt::format("{} has no directory {}", shown(source.directory), lab.name));
  }
  // One lab's directory needs not be complete, but something of the lab must be in it: a mistyped
  // directory must not become zero points.
  const bool holds_some = std::any_of(lab.files.begin(), lab.files.end(), [&](const auto& file) {
    return is_there(source.directory / file);
  });
  if (!holds_some) {
    throw UsageError(
        fmt::format("{} holds neither a directory {} nor any of the files of that lab: {}",
                    shown(source.directory), lab.name, joined(lab.files)));
  }
  return source.directory;
}

}  // namespace cli
