#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/judge/kit.h"

namespace cli {

/// The text of a submission's lines, to be shown beside a finding.
///
/// Which file a finding names is in the student's hands (`#line 1 "/etc/shadow"`), and so is what
/// lies under that name. So only the files that the lab asks for are opened, only if they are
/// regular files and no links to one, and without ever waiting for a FIFO.
class SourceLines {
 public:
  SourceLines(std::filesystem::path submission, const judge::Lab& lab);

  /// Line `line` of `file`, counted from 1; not cleaned.
  std::optional<std::string> line(const std::string& file, int line);

 private:
  std::filesystem::path submission_;
  std::vector<std::string> allowed_;
  std::map<std::string, std::vector<std::string>> lines_;
};

}  // namespace cli
