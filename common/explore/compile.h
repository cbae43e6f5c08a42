#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace explore {

/// The compiler, or the linker, refused a program; what it had to say stands on standard error.
class CompileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What makes a program explorable: its sources are instrumented as for ThreadSanitizer, and it is
/// linked with the engine in the place of that.
struct Toolchain {
  std::string compiler;          ///< Of C++: an absolute path.
  std::filesystem::path engine;  ///< libinterleave.a
  /// In place of `compiler` and our own choice of a standard: of C or of C++. A source in the other
  /// language is compiled, and the program linked, by what comes with it.
  std::vector<std::string> command{};
};

/// Splits a command as a shell does, quotes and all, without running anything.
/// @throws std::invalid_argument  if it cannot be split.
std::vector<std::string> words_of(const std::string& command);

/// Whether `file` is a program already, and no source.
bool is_executable(const std::filesystem::path& file);

/// Compiles and links `sources` into a program in `directory`.
/// @returns the program.
/// @throws CompileError
std::filesystem::path compile(const Toolchain& tools, const std::vector<std::string>& sources,
                              const std::filesystem::path& directory);

}  // namespace explore
