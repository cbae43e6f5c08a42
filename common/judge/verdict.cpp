#include "common/judge/verdict.h"

#include <nlohmann/json.hpp>

namespace judge {

using nlohmann::json;

namespace {

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

std::optional<std::string> text_or_nothing(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<std::string>();
}

}  // namespace

void to_json(json& out, const Place& place) {
  out = {{"file", place.file}, {"line", place.line}, {"text", place.text}};
}

void from_json(const json& in, Place& place) {
  in.at("file").get_to(place.file);
  in.at("line").get_to(place.line);
  in.at("text").get_to(place.text);
}

void to_json(json& out, const CheckInfo& info) {
  out = {{"id", info.id},
         {"title", info.title},
         {"part", info.part},
         {"kind", info.kind},
         {"max_score", info.max_score}};
}

void from_json(const json& in, CheckInfo& info) {
  in.at("id").get_to(info.id);
  in.at("title").get_to(info.title);
  in.at("part").get_to(info.part);
  in.at("kind").get_to(info.kind);
  in.at("max_score").get_to(info.max_score);
}

void to_json(json& out, const CheckResult& result) {
  to_json(out, result.info);
  out["status"] = result.status;
  out["score"] = result.score;
  out["finding"] = or_null(result.finding);
  out["message"] = result.message;
  out["where"] = result.where;
  out["replay"] = or_null(result.replay);
}

void from_json(const json& in, CheckResult& result) {
  from_json(in, result.info);
  in.at("status").get_to(result.status);
  in.at("score").get_to(result.score);
  result.finding = text_or_nothing(in.at("finding"));
  in.at("message").get_to(result.message);
  in.at("where").get_to(result.where);
  result.replay = text_or_nothing(in.at("replay"));
}

void to_json(json& out, const CompilerReport& report) {
  out = {{"status", report.status}, {"diagnostics", report.diagnostics}};
}

void from_json(const json& in, CompilerReport& report) {
  in.at("status").get_to(report.status);
  in.at("diagnostics").get_to(report.diagnostics);
}

namespace event {

namespace {

// What a student's program printed may be no UTF-8: it is shown with replacement characters.
std::string line(const json& event) {
  return event.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string announcement(const std::string& lab, const std::string& title, std::uint64_t seed,
                         const std::string& isolation, const std::vector<CheckInfo>& checks) {
  return line({{"event", "announcement"},
               {"lab", lab},
               {"title", title},
               {"seed", seed},
               {"isolation", isolation},
               {"checks", checks}});
}

std::string compiler(const CompilerReport& report) {
  json event = report;
  event["event"] = "compiler";
  return line(event);
}

std::string started(const std::string& id) { return line({{"event", "started"}, {"id", id}}); }

std::string check(const CheckResult& result) {
  json event = result;
  event["event"] = "check";
  return line(event);
}

std::string finished() { return line({{"event", "finished"}}); }

std::string error(const std::string& message) {
  return line({{"event", "error"}, {"message", message}});
}

}  // namespace event

}  // namespace judge
