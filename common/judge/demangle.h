#pragma once

#include <string>

namespace judge {

/// The name of a function as a person would write it, without its parameters: "lab::write_all".
/// A type of a few letters can have petabytes in words, because a name may refer to its own parts:
/// of those, and of names that are none, the symbol itself.
std::string demangled(const char* symbol);

/// The same without a net: to be called where a crash does no harm, see aside.h.
std::string spelled_out(const char* symbol);

}  // namespace judge
