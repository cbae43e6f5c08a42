#pragma once

#include <string>

namespace judge {

/// The name of a function as a person would write it, without its parameters: "lab::write_all".
std::string demangled(const char* symbol);

}  // namespace judge
