#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/judge/kit.h"

/// From the words on the command line to labs and directories.
namespace cli {

/// The lab that `name` means: 1, 01 or 01-pipe.
/// @throws UsageError  listing the labs that there are.
judge::Lab find_lab(const std::vector<judge::Lab>& labs, const std::string& name);

/// Where submissions are looked for.
struct Source {
  std::filesystem::path directory;
  bool is_default = false;  ///< The student's own tree, whose results are kept as the progress.
};

/// The directory called `from`, or else the student's own tree: `labs` here, or where the project
/// was built from.
/// @throws UsageError  if there is no such directory.
Source find_source(const std::optional<std::string>& from);

/// The directory with the submission for `lab`: `lab`'s directory in a tree of labs, or `source`
/// itself if it is one lab's directory, whatever it is called.
/// @throws UsageError  if `source` is neither.
std::filesystem::path find_submission(const Source& source, const judge::Lab& lab,
                                      const std::vector<judge::Lab>& labs);

/// Whether `source` is a tree that has a directory for `lab`.
bool has_lab(const Source& source, const judge::Lab& lab);

}  // namespace cli
