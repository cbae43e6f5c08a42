#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

/// What a small program that the engine is tested with says of itself: `// expect: data-race` or
/// `// expect: nothing` among the first lines, and `// <- here` behind each line that a finding may
/// point at.
namespace suite {

struct Expected {
  std::string kind;
  std::set<int> lines;
};

Expected expected_of(const std::filesystem::path& source);

/// Explores `program` and compares what is found, its kind and its lines, with `expected`.
void explores_as(const std::filesystem::path& program, const Expected& expected);

/// The compilers of C++ that this machine has, of those that we support: by their names.
std::vector<std::string> compilers();

}  // namespace suite
