#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/interleave/core/control.h"

namespace explore {

/// A line of the program.
struct Line {
  std::string file;  ///< without its directory
  int number = 0;
  std::string function;
  std::string text;  ///< what stands there, without its indentation
  bool operator==(const Line&) const = default;
};

/// From addresses to lines. @see libdw (elfutils)
class Lines {
 public:
  explicit Lines(const std::filesystem::path& program);
  ~Lines();
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  /// The lines of a call path, innermost first, without those of the standard library.
  std::vector<Line> stack(const interleave::Control& run, std::uint32_t path);
  /// The name of the file in which the innermost call or access stands, a library's as well:
  /// "atomic_wait.h".
  std::string file(const interleave::Control& run, std::uint32_t path);
  /// The innermost of them; none: an empty one.
  Line line(const interleave::Control& run, std::uint32_t path);

 private:
  std::vector<Line> lines_at(std::uint64_t address);
  std::string text_of(const char* file, int number);

  struct Debug;
  std::unique_ptr<Debug> debug_;
  std::map<std::string, std::vector<std::string>> files_;
  std::map<std::uint64_t, std::vector<Line>> addresses_;
};

}  // namespace explore
