#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/judge/verdict.h"

namespace judge {

/// Turns addresses in a submission's shared object into lines of its source.
/// @see libdw (elfutils)
class Symbolizer {
 public:
  /// @param library  the shared object; read when the first address is asked for.
  explicit Symbolizer(int library);
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  /// The places of a backtrace that lie in the submission itself, innermost first; what lies in
  /// libc or in a role is left out.
  /// @param base       where the library was loaded.
  /// @param addresses  as backtrace(3) gives them: return addresses, but for the first.
  std::vector<Place> places(std::uint64_t base, const std::vector<std::uint64_t>& addresses);

  /// The same, but each function by the line where it begins.
  std::vector<Place> functions(std::uint64_t base, const std::vector<std::uint64_t>& addresses);

 private:
  std::vector<Place> resolve(std::uint64_t base, const std::vector<std::uint64_t>& addresses,
                             bool begin_of_function);
  struct Debug;
  int library_;
  std::unique_ptr<Debug> debug_;
};

}  // namespace judge
