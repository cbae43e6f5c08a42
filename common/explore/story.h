#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/explore/explorer.h"
#include "common/explore/lines.h"

namespace explore {

/// One step of a schedule, for people.
struct Row {
  std::size_t number = 0;  ///< Of the step in the run, from 1.
  std::size_t actor = 0;   ///< Which column.
  std::string what;        ///< "locks account[0]"
  Line line;
  bool matters = true;    ///< Needed to see the failure; what does not is folded.
  bool ends = false;      ///< The actor does nothing any more.
  bool decisive = false;  ///< One of those that the finding is about.
  /// The row of another actor that this one takes up from: it happened before.
  std::optional<std::size_t> after;
};

/// One of those who wait for ever in a deadlock.
struct Waiting {
  std::string who;              ///< The actor.
  std::string what;             ///< What it waits for, as its own line calls that.
  std::vector<Line> where;      ///< Innermost first.
  std::string holder;           ///< The actor that has it; empty if nobody has.
  std::vector<Line> held_from;  ///< Where that took it.
};

/// A failure, told from its beginning to its end.
struct Story {
  std::string kind;                       ///< One of the findings' names; empty: all went well.
  std::string headline;                   ///< What happened, in a sentence or two.
  std::vector<std::string> details;       ///< What is known besides: who waits for what.
  std::string advice;                     ///< What to look at.
  std::vector<Waiting> waiting;           ///< Of a deadlock: who waits for whom.
  std::vector<std::string> actors;        ///< The columns: processes and threads.
  std::vector<Row> rows;                  ///< All steps that others can notice, in their order.
  std::vector<std::vector<Line>> stacks;  ///< Of those that the finding is about.

  /// What lies in `directory` is called by its name alone.
  void shorten(const std::string& directory);
  /// Every row matters from now on.
  void unfold();
};

/// Tells the last run of `program`.
/// @param names  of the processes, in the order in which they were made, in place of "main",
///               "child" and so on.
Story tell(const Program& program, Lines& lines, const std::vector<std::string>& names = {});

/// The table: a column for each actor, at most `width` columns of text; 78 are what a message has.
std::string table_of(const Story& story, std::size_t width = 78);

}  // namespace explore
