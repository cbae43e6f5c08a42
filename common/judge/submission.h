#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/judge/kit.h"

namespace judge {

/// A submission as it was at one moment: what the student goes on typing does not matter any more.
struct Submission {
  std::map<std::string, std::string> sources;  ///< name -> content: *.cpp, *.cc, *.cxx, but no demo
  std::map<std::string, std::string>
      headers;  ///< name -> content: *.h, *.hpp, ...; not the lab's own
  std::map<std::string, std::string> texts;  ///< name -> content: files of the lab of other kinds
  /// What could not be taken, by name: "is a FIFO", "does not exist". A person reads it. A file of
  /// the lab that does not exist is none if there is a source of another name to hold its content.
  std::map<std::string, std::string> problems;
};

/// Reads a submission. Only regular files are read: a FIFO would block, and a link may lead
/// anywhere.
/// @param directory  the student's files; nothing below it.
/// @param given      names of the interface headers: ours are used, whatever stands in the
/// student's.
/// @throws std::runtime_error  if there is no such directory, or it holds none of the lab's files;
///         the message says so.
Submission read_submission(const std::filesystem::path& directory, const Lab& lab,
                           const std::vector<std::string>& given);

}  // namespace judge
