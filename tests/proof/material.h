#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// What is there to be proven: the directories of the labs, with their mutants and alternates.
namespace proof {

/// A wrong submission, as a patch of the solution that says what must catch it.
struct Mutant {
  std::filesystem::path file;
  std::string misconception;  ///< what somebody believes who writes this
  std::string caught_by;      ///< id of a check
  std::string finding;        ///< "deadlock"
};

/// A lab's directories in the source tree.
struct Lab {
  std::string name;  ///< "01-pipe"

  [[nodiscard]] std::filesystem::path tests() const;
  [[nodiscard]] std::filesystem::path solution() const;
  [[nodiscard]] std::filesystem::path skeleton() const { return tests() / "given"; }
  /// Patches in the order of their names.
  [[nodiscard]] std::vector<std::filesystem::path> mutants() const;
  /// Directories in the order of their names.
  [[nodiscard]] std::vector<std::filesystem::path> alternates() const;
};

/// Every directory tests/NN-topic.
std::vector<Lab> all_labs();

/// Reads the three lines that a mutant begins with.
/// @throws std::runtime_error  what is wrong with them, for the mutant's author.
Mutant read_mutant(const std::filesystem::path& file);

}  // namespace proof
