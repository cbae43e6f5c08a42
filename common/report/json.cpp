#include "common/report/json.h"

#include <stdexcept>

namespace report {

using nlohmann::ordered_json;

namespace {

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json to_json(const Check& check) {
  ordered_json where = ordered_json::array();
  for (const judge::Place& place : check.where) {
    where.push_back({{"file", place.file}, {"line", place.line}, {"text", place.text}});
  }
  return {{"id", check.info.id},
          {"title", check.info.title},
          {"part", check.info.part},
          {"kind", check.info.kind},
          {"status", check.status},
          {"score", check.score},
          {"max_score", check.info.max_score},
          {"finding", or_null(check.finding)},
          {"message", check.message},
          {"hints_available", check.hints_available},
          {"where", std::move(where)},
          {"replay", or_null(check.replay)}};
}

std::string dump(const ordered_json& json) {
  // Strings are clean by now; "replace" is for those that never went through an Assembler.
  return json.dump(2, ' ', /*ensure_ascii=*/false, ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace

ordered_json to_json(const LabResult& result) {
  ordered_json checks = ordered_json::array();
  for (const Check& check : result.checks) checks.push_back(to_json(check));
  return {{"schema", schema_name},
          {"lab", result.lab},
          {"title", result.title},
          {"score", result.score()},
          {"max_score", result.max_score()},
          {"seed", result.seed},
          {"isolation", result.isolation},
          {"seconds", result.seconds},
          {"checks", std::move(checks)},
          {"compiler",
           {{"status", result.compiler.status}, {"diagnostics", result.compiler.diagnostics}}}};
}

std::string to_text(const LabResult& result) { return dump(to_json(result)); }

std::string to_text(const std::vector<LabResult>& results) {
  ordered_json array = ordered_json::array();
  for (const LabResult& result : results) array.push_back(to_json(result));
  return dump(array);
}

LabResult parse_result(std::string_view text) try {
  const nlohmann::json json = nlohmann::json::parse(text);
  if (json.at("schema").get<std::string>() != schema_name) {
    throw std::runtime_error("a result of another version");
  }
  LabResult result;
  json.at("lab").get_to(result.lab);
  json.at("title").get_to(result.title);
  json.at("seed").get_to(result.seed);
  json.at("isolation").get_to(result.isolation);
  json.at("seconds").get_to(result.seconds);
  json.at("compiler").get_to(result.compiler);
  for (const nlohmann::json& entry : json.at("checks")) {
    Check check;
    entry.get_to(static_cast<judge::CheckResult&>(check));
    entry.at("hints_available").get_to(check.hints_available);
    result.checks.push_back(std::move(check));
  }
  return result;
} catch (const nlohmann::json::exception& problem) {
  throw std::runtime_error(std::string("not a result: ") + problem.what());
}

}  // namespace report
