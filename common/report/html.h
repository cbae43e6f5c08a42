#pragma once

#include <string>
#include <string_view>

#include "common/report/text.h"

/// Text on its way from a program to a page of HTML.
namespace report {

/// `text` as it is read in a browser, between tags or within the quotes of an attribute: cleaned,
/// and with nothing left in it that could be markup.
std::string html(std::string_view text, Lines lines = Lines::join);

/// The same, with what is between two backticks set as code.
std::string html_with_code(std::string_view text);

}  // namespace report
