#pragma once

#include <cstdint>
#include <vector>

#include "common/judge/verdict.h"

namespace judge {

/// Turns addresses in a submission's shared object into lines of its source. The object is the
/// submission's work, and so it is read aside (aside.h).
/// @see libdw (elfutils)
class Symbolizer {
 public:
  /// @param library  the shared object; it is read when an address is asked for.
  explicit Symbolizer(int library) : library_(library) {}

  /// The places of a backtrace that lie in the submission itself, innermost first; what lies in
  /// libc or in a role is left out.
  /// @param base       where the library was loaded.
  /// @param addresses  as backtrace(3) gives them: return addresses, but for the first.
  [[nodiscard]] std::vector<Place> places(std::uint64_t base,
                                          const std::vector<std::uint64_t>& addresses) const;

  /// The same, but each function by the line where it begins.
  [[nodiscard]] std::vector<Place> functions(std::uint64_t base,
                                             const std::vector<std::uint64_t>& addresses) const;

 private:
  int library_;
};

}  // namespace judge
