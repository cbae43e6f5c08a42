#include "common/judge/sanitizers.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "common/judge/pattern.h"

namespace judge {

namespace {

struct Kind {
  const char* name;  // as AddressSanitizer calls it
  const char* words;
};

constexpr std::array kinds = {
    Kind{"heap-buffer-overflow", "past the end (or before the start) of memory from the heap"},
    Kind{"stack-buffer-overflow", "past the end (or before the start) of a local variable"},
    Kind{"stack-buffer-underflow", "before the start of a local variable"},
    Kind{"global-buffer-overflow", "past the end (or before the start) of a global variable"},
    Kind{"dynamic-stack-buffer-overflow", "past the end of a local array"},
    Kind{"heap-use-after-free", "memory that has been freed already"},
    Kind{"stack-use-after-return", "a local variable of a function that has returned"},
    Kind{"stack-use-after-scope", "a local variable whose block has ended"},
    Kind{"container-overflow", "past the end of a container's elements"},
    Kind{"use-after-poison", "behind the end of the memory that it was given"},
    Kind{"unknown-crash", "of which some lie behind the end of the memory that it was given"},
};

// A program prints what it likes: only lines of a sane length are looked at.
std::vector<std::string> lines_of(const std::string& text) {
  constexpr std::size_t longest = 2000;
  std::vector<std::string> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) {
    if (line.size() <= longest) lines.push_back(std::move(line));
  }
  return lines;
}

// "READ of size 4" / "WRITE of size 4"
std::string access_in(const std::vector<std::string>& lines) {
  static const Pattern access("(READ|WRITE) of size ([0-9]{1,20})");
  for (const std::string& line : lines) {
    const auto match = access.groups(line);
    if (match.empty()) continue;
    return (match[1] == "READ" ? "Reads " : "Writes ") + match[2] + " bytes ";
  }
  return "Touches ";
}

// The frames of the first stack that the report prints.
std::vector<std::uint64_t> first_stack(const std::vector<std::string>& lines) {
  static const Pattern any_frame("^ *#[0-9]+ ");
  std::vector<std::uint64_t> offsets;
  bool inside = false;
  for (const std::string& line : lines) {
    const bool is_frame = any_frame.matches(line);
    if (inside && !is_frame) break;
    inside = inside || is_frame;
    // "#1 0x7f.. in f (/memfd:ipclab (deleted)+0x1234)", or under the name that it was opened by.
    // AddressSanitizer prints the address of the call itself; our symbolizer takes return
    // addresses.
    const std::size_t plus = line.rfind("+0x");
    const bool is_submission =
        std::min(line.find("memfd:ipclab"), line.find("/proc/self/fd/")) < plus;
    if (is_frame && plus != std::string::npos && is_submission) {
      offsets.push_back(std::strtoull(line.c_str() + plus + 3, nullptr, 16) + 1);
    }
  }
  return offsets;
}

}  // namespace

std::optional<SanitizerFinding> sanitizer_finding(const std::string& output,
                                                  Symbolizer& symbolizer) {
  static const Pattern undefined("^([^[:space:]:]+):([0-9]+):[0-9]+: runtime error: (.+)");
  constexpr std::size_t longest_file = 200, longest_words = 400;
  const std::string head = output.substr(0, 200'000);
  for (const std::string& line : lines_of(head)) {
    const auto match = undefined.groups(line);
    if (match.empty() || match[1].size() > longest_file) continue;
    SanitizerFinding finding;
    const std::string words = match[3].substr(0, longest_words);
    finding.message = "Undefined behaviour: " + words + ".";
    const std::string file = match[1].substr(match[1].rfind('/') + 1);
    // Anybody may print such a line: a number that is too large says nothing.
    const long number = std::strtol(match[2].c_str(), nullptr, 10);
    finding.where.push_back({file, number < 1'000'000 ? static_cast<int>(number) : 0, words});
    return finding;
  }
  const std::size_t at = head.find("ERROR: AddressSanitizer: ");
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + std::string("ERROR: AddressSanitizer: ").size();
  const std::string first =
      head.substr(begin, std::min<std::size_t>(head.find('\n', begin) - begin, 200));
  const std::vector<std::string> rest = lines_of(head.substr(at));
  SanitizerFinding finding;
  for (const Kind& kind : kinds) {
    if (!first.starts_with(kind.name)) continue;
    finding.message = access_in(rest) + kind.words + ".";
  }
  if (finding.message.empty()) {
    if (first.starts_with("attempting double-free")) {
      finding.message = "Frees the same memory twice.";
    } else if (first.starts_with("attempting free")) {
      finding.message = "Frees memory that was not allocated.";
    } else if (first.starts_with("alloc-dealloc-mismatch")) {
      finding.message =
          "Frees memory in another way than it was allocated (new and free, or new[] "
          "and delete).";
    } else if (first.starts_with("SEGV")) {
      finding.message =
          "Uses an address that is not mapped: a null pointer, one that was never set, or one "
          "behind the end of the memory that was mapped.";
    } else if (first.starts_with("stack-overflow")) {
      finding.message = "Runs out of stack: a recursion without end, or a very large local array.";
    } else if (first.starts_with("requested allocation size") ||
               first.starts_with("allocator is out of memory") ||
               first.starts_with("out of memory")) {
      finding.message = "Asks for more memory than there can be.";
    } else {
      finding.message = "AddressSanitizer stopped it: " + first.substr(0, first.find(" on ")) + ".";
    }
  }
  finding.where = symbolizer.places(0, first_stack(rest));
  return finding;
}

}  // namespace judge
