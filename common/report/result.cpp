#include "common/report/result.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "common/report/text.h"

namespace report {

using nlohmann::json;

namespace {

bool is_one_of(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The texts that may have several lines; all others are names or sentences.
bool may_have_lines(const std::string& key) { return key == "message" || key == "diagnostics"; }

/// A copy of `value` whose strings are all clean. @see clean
json cleaned(const json& value, const std::string& key = "") {
  if (value.is_string()) {
    return clean(value.get_ref<const std::string&>(),
                 may_have_lines(key) ? Lines::keep : Lines::join);
  }
  json copy = value;
  if (value.is_object()) {
    for (auto member = copy.begin(); member != copy.end(); ++member) {
      *member = cleaned(*member, member.key());
    }
  } else if (value.is_array()) {
    for (json& element : copy) element = cleaned(element, key);
  }
  return copy;
}

JudgeError misunderstood(const std::string& why) {
  return JudgeError("the judge said something that makes no sense: " + why);
}

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw misunderstood(otherwise);
}

void require_sense(const Check& check) {
  const std::string& id = check.info.id;
  const bool passed = check.status == "passed";
  const bool is_students = check.status == "failed" || check.status == "not-started";
  require(passed || is_students || check.status == "error",
          "'" + check.status + "' as the status of " + id);
  require(check.score == (passed ? check.info.max_score : 0),
          std::to_string(check.score) + " points for " + id + ", which is " + check.status);
  require(check.finding.has_value() == is_students,
          is_students ? "no finding for " + id + ", which is " + check.status
                      : "a finding for " + id + ", which is " + check.status);
  require(!check.finding || is_one_of(findings(), *check.finding),
          "'" + check.finding.value_or("") + "' as the finding of " + id);
}

}  // namespace

int LabResult::score() const {
  return std::accumulate(checks.begin(), checks.end(), 0,
                         [](int sum, const Check& check) { return sum + check.score; });
}

int LabResult::max_score() const {
  return std::accumulate(checks.begin(), checks.end(), 0, [](int sum, const Check& check) {
    return check.status == "error" ? sum : sum + check.info.max_score;
  });
}

bool LabResult::has_errors() const {
  return std::any_of(checks.begin(), checks.end(),
                     [](const Check& check) { return check.status == "error"; });
}

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> words = {"behaviour", "faults", "synchronisation",
                                                 "hygiene", "mechanism"};
  return words;
}

const std::vector<std::string>& findings() {
  static const std::vector<std::string> words = {
      "wrong-result",    "data-race",       "deadlock",   "livelock",
      "crash",           "unhandled-fault", "leak",       "undefined-behaviour",
      "wrong-mechanism", "compile-error",   "not-started"};
  return words;
}

Assembler::Assembler(HintCounts hints) : hints_(std::move(hints)) {}

void Assembler::take_line(std::string_view line) {
  // Cleaned before it is parsed, because the parser refuses bytes that are not UTF-8; a control
  // character that is escaped in the line comes out of the parser and is cleaned in take().
  const json event = json::parse(clean(line), nullptr, /*allow_exceptions=*/false);
  if (event.is_discarded()) {
    throw misunderstood("'" + clip(clean(line, Lines::join), 100) + "', which is not JSON");
  }
  take(event);
}

void Assembler::take(const json& dirty) try {
  const json event = cleaned(dirty);
  const auto kind = event.at("event").get<std::string>();
  if (kind == "error") throw DeclaredError(event.at("message").get<std::string>());
  require(!finished(), "'" + kind + "' after it had finished");
  if (kind == "announcement") return announce(event);
  require(announced(), "'" + kind + "' before its announcement");
  if (kind == "compiler") {
    event.get_to(result_.compiler);
    require(is_one_of({"ok", "warnings", "failed"}, result_.compiler.status),
            "'" + result_.compiler.status + "' as what the compiler said");
  } else if (kind == "started") {
    running_.insert(announced_check(event.at("id").get<std::string>()).info.id);
  } else if (kind == "check") {
    take_check(event);
  } else if (kind == "finished") {
    stage_ = Stage::finished;
  } else {
    throw misunderstood("'" + kind + "' is none of its events");
  }
} catch (const json::exception& problem) {
  throw misunderstood(problem.what());
}

void Assembler::announce(const json& event) {
  require(!announced(), "a second announcement");
  event.at("lab").get_to(result_.lab);
  event.at("title").get_to(result_.title);
  event.at("seed").get_to(result_.seed);
  event.at("isolation").get_to(result_.isolation);
  require(is_one_of({"bubblewrap", "landlock", "none"}, result_.isolation),
          "'" + result_.isolation + "' as the isolation");
  result_.compiler.status = "ok";
  std::set<std::string> ids;
  for (const json& announced : event.at("checks")) {
    Check check;
    announced.get_to(check.info);
    require(ids.insert(check.info.id).second, "two checks called " + check.info.id);
    require(is_one_of(kinds(), check.info.kind), "'" + check.info.kind + "' as a kind of check");
    require(check.info.max_score >= 0, "negative points for " + check.info.id);
    if (const auto hints = hints_.find(check.info.id); hints != hints_.end()) {
      check.hints_available = hints->second;
    }
    result_.checks.push_back(std::move(check));
  }
  // A part's checks belong together, whatever order the judge was linked in.
  std::stable_sort(
      result_.checks.begin(), result_.checks.end(),
      [](const Check& left, const Check& right) { return left.info.part < right.info.part; });
  stage_ = Stage::running;
}

void Assembler::take_check(const json& event) {
  Check& check = announced_check(event.at("id").get<std::string>());
  require(check.status.empty(), "two results of " + check.info.id);
  Check result;
  result.info = check.info;  // what was announced counts
  result.hints_available = check.hints_available;
  judge::CheckResult said;
  event.get_to(said);
  said.info = check.info;
  static_cast<judge::CheckResult&>(result) = std::move(said);
  require_sense(result);
  running_.erase(result.info.id);
  check = std::move(result);
}

Check& Assembler::announced_check(const std::string& id) {
  const auto found = std::find_if(result_.checks.begin(), result_.checks.end(),
                                  [&](const Check& check) { return check.info.id == id; });
  require(found != result_.checks.end(), "a check that it had not announced, " + id);
  return *found;
}

LabResult Assembler::finish() const {
  if (!finished()) throw JudgeError("the judge ended before it had finished");
  for (const Check& check : result_.checks) {
    require(!check.status.empty(), "that it has finished, without a result of " + check.info.id);
  }
  return result_;
}

}  // namespace report
