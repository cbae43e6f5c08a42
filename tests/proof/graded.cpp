#include "tests/proof/graded.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/proof/program.h"

namespace proof {

using nlohmann::json;

namespace {

// A judge's line, taken strictly: what is not expected is a mistake of the judge.
void take(const json& event, Graded& graded) {
  const std::string kind = event.at("event").get<std::string>();
  if (graded.finished) throw std::runtime_error("an event after the last: " + event.dump());
  if (kind == "announcement") {
    event.at("isolation").get_to(graded.isolation);
    event.at("checks").get_to(graded.announced);
  } else if (kind == "compiler") {
    event.get_to(graded.compiler);
  } else if (kind == "check") {
    const auto result = event.get<judge::CheckResult>();
    if (!graded.checks.emplace(result.info.id, result).second) {
      throw std::runtime_error("a check was judged twice: " + result.info.id);
    }
  } else if (kind == "finished") {
    graded.finished = true;
  } else if (kind == "error") {
    event.at("message").get_to(graded.error);
  } else if (kind != "started") {
    throw std::runtime_error("an event that there is not: " + event.dump());
  }
}

}  // namespace

Graded grade(const std::string& lab, const std::filesystem::path& submission, const Call& call) {
  Command command;
  command.words = call.through;
  command.words.insert(
      command.words.end(),
      {(call.kit / lab / "judge").string(), "--submission", submission.string(), "--seed",
       std::to_string(call.seed), "--jobs", std::to_string(call.jobs), "--events-fd", "3"});
  if (!call.check.empty()) command.words.insert(command.words.end(), {"--check", call.check});
  command.work = call.work;
  command.environment = call.environment;
  const Ended ended = run(command);

  Graded graded;
  graded.exit_status = ended.exit_status;
  graded.printed = ended.printed;
  if (ended.signal != 0) {
    throw std::runtime_error("the judge was ended by signal " + std::to_string(ended.signal) +
                             ": " + ended.printed);
  }
  if (!ended.told.empty() && ended.told.back() != '\n') {
    throw std::runtime_error("the judge's last line is half a line: " + ended.told);
  }
  std::istringstream lines(ended.told);
  for (std::string line; std::getline(lines, line);) take(json::parse(line), graded);
  return graded;
}

std::string Graded::in_order() const {
  std::string text = isolation + "\n" + json(compiler).dump() + "\n" + error + "\n";
  for (const auto& [id, result] : checks) text += json(result).dump() + "\n";
  return text;
}

int Graded::score() const {
  int sum = 0;
  for (const auto& [id, result] : checks) sum += result.score;
  return sum;
}

int Graded::max_score() const {
  int sum = 0;
  for (const judge::CheckInfo& info : announced) sum += info.max_score;
  return sum;
}

const judge::CheckResult& Graded::of(const std::string& id) const {
  const auto at = checks.find(id);
  if (at == checks.end()) {
    throw std::runtime_error("there is no result of a check " + id + ". " + shown(*this));
  }
  return at->second;
}

std::string shown(const judge::CheckResult& result) {
  std::string text = result.info.id + ": " + result.status;
  if (result.finding) text += " (" + *result.finding + ")";
  if (!result.message.empty()) text += "\n    " + result.message;
  for (const judge::Place& place : result.where) {
    text += "\n    " + place.file + ":" + std::to_string(place.line) + "  " + place.text;
  }
  return text + "\n";
}

std::string shown(const Graded& graded) {
  std::string text = "The judge's exit status is " + std::to_string(graded.exit_status) + ".\n";
  if (!graded.error.empty()) text += "The grader failed: " + graded.error + "\n";
  if (!graded.printed.empty()) text += "It printed: " + graded.printed + "\n";
  if (!graded.compiler.diagnostics.empty()) {
    text += "The compiler (" + graded.compiler.status + "): " + graded.compiler.diagnostics + "\n";
  }
  for (const auto& [id, result] : graded.checks) {
    if (result.status != "passed") text += shown(result);
  }
  return text;
}

}  // namespace proof
