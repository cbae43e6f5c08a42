#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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

/// The text of a source file, by the name that debugging information has for it; none if what
/// stands there is of no interest, and neither are its lines.
using Sources = std::function<std::optional<std::string>(const std::string& name)>;

/// What lies on the disk: for programs whose debugging information is to be trusted.
std::optional<std::string> source_on_disk(const std::string& name);

/// Texts that are found by the name of their file alone, whatever directory stands before it.
/// @param texts  has to outlive what is returned.
Sources sources_by_name(const std::map<std::string, std::string>& texts);

/// From addresses to lines. @see libdw (elfutils)
class Lines {
 public:
  explicit Lines(const std::filesystem::path& program, Sources sources = source_on_disk);
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
  std::optional<std::string> text_of(const char* file, int number);

  Sources sources_;
  struct Debug;
  std::unique_ptr<Debug> debug_;
  std::map<std::string, std::optional<std::vector<std::string>>> files_;
  std::map<std::uint64_t, std::vector<Line>> addresses_;
};

}  // namespace explore
