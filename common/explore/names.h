#pragma once

#include <string>

namespace explore {

/// The name of a function as its author would call it: "transfer", "Account::add",
/// "lambda in main".
/// @param symbol  as the linker knows it.
std::string function_name(const char* symbol);

}  // namespace explore
