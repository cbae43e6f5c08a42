#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/report/result.h"
#include "common/report/style.h"

/// The report that a student reads at the terminal.
namespace report {

/// Where and for whom a report is written.
struct View {
  bool colour = false;
  int width = 100;  ///< Columns; more than 100 are not used.

  /// What the parts of the lab are called, by letter.
  std::map<std::string, std::string> part_titles;

  /// How the reader asks for a hint for the check called `id`; whether it is the first one that
  /// failed, which needs not always be named.
  std::function<std::string(const std::string& id, bool is_first)> hint_command;

  /// How the reader runs the check called `id` again; without it, in the words of the result.
  std::function<std::string(const std::string& id)> replay_command;

  /// Whether what passed is told about, too, if there is anything to tell.
  bool is_thorough = false;

  /// Where the lab is explained, for those who have not begun.
  std::string handout;

  /// How the reader finds out what this machine lacks.
  std::string doctor_command = "ipclab doctor";

  /// A line of the submission, if it can be shown.
  std::function<std::optional<std::string>(const std::string& file, int line)> source_line;
};

/// The whole report on one lab, with a newline at the end.
std::string render(const LabResult& result, const View& view);

/// One line for a lab that nobody has started, for a report on all labs.
std::string render_not_started(const LabResult& result, const View& view);

/// Where to begin, for who has started none of several labs. @param view  of the first of them.
std::string render_beginning(const View& view);

/// The last lines of a report on several labs: each one's points, and all of them.
std::string render_summary(const std::vector<LabResult>& results, const View& view);

/// Whether there is no work in it yet: every check is not-started.
bool is_not_started(const LabResult& result);

}  // namespace report
