#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/report/result.h"

/// Results as JSON, the way `docs/result-schema.md` describes them.
namespace report {

/// The value of `schema` in each result: it changes when a reader has to know.
inline constexpr std::string_view schema_name = "ipclab.result/1";

/// One result as a JSON object, its keys in the documented order.
nlohmann::ordered_json to_json(const LabResult& result);

/// The text of one result's file: indented, one key a line, so that the line of `seconds` is the
/// only one that differs between two gradings of the same submission.
std::string to_text(const LabResult& result);

/// The text for several labs: an array of results.
std::string to_text(const std::vector<LabResult>& results);

/// Reads a result back.
/// @throws std::runtime_error  if `text` is not the text of one result.
LabResult parse_result(std::string_view text);

}  // namespace report
