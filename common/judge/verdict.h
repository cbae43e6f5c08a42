#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

/// What a judge says about a submission, as values, and how it says it: one JSON object a line.
///
/// A judge is a program of its own (one for each lab) and the `ipclab` command reads its lines as
/// they come, so that results appear while the rest is still running. This header is all that the
/// two share.
namespace judge {

/// A line of source that a finding points at.
struct Place {
  std::string file;  ///< Relative to the submission: "stream.cpp".
  int line = 0;      ///< Counted from 1; 0 if not known.
  std::string text;  ///< What happens there: "write_all", or "waits in read(2)".
  bool operator==(const Place&) const = default;
};

/// What a check is, known before it has run.
struct CheckInfo {
  std::string id;     ///< "WriteAll.DeliversEveryByte": GoogleTest's name of it.
  std::string title;  ///< A sentence that can be false.
  std::string part;   ///< "A".
  std::string kind;   ///< behaviour, faults, synchronisation, hygiene or mechanism.
  int max_score = 0;  ///< Points.
};

/// What came of a check.
struct CheckResult {
  CheckInfo info;
  std::string status;  ///< passed, failed, not-started or error (the grader's own failure).
  int score = 0;       ///< Points: `info.max_score` if passed, else 0.
  std::optional<std::string> finding;  ///< One of DESIGN.md's findings; none if passed or error.
  std::string message;  ///< Plain text, may have several lines; a last line "Read: ..." names the
                        ///< section of the handout. Of a check that has passed mostly empty: what
                        ///< may be worth a look.
  std::vector<Place> where;
  std::optional<std::string> replay;  ///< A command that shows the same again.
};

/// What the compiler said.
struct CompilerReport {
  std::string status;       ///< ok, warnings or failed.
  std::string diagnostics;  ///< The compiler's own text, shortened if it is very long.
};

/// The lines of a judge. In order: one `announcement`, then `compiler` lines (the last one counts)
/// and for each check a `started` and a `check`, in any order of checks; `finished` last. An
/// `error` may come at any time: the judge could not do its job, and nothing follows. Each function
/// returns its line, without the newline at the end.
namespace event {
std::string announcement(const std::string& lab, const std::string& title, std::uint64_t seed,
                         const std::string& isolation, const std::vector<CheckInfo>& checks);
std::string compiler(const CompilerReport& report);
std::string started(const std::string& id);
std::string check(const CheckResult& result);
std::string finished();
std::string error(const std::string& message);
}  // namespace event

void to_json(nlohmann::json& json, const Place& place);
void from_json(const nlohmann::json& json, Place& place);
void to_json(nlohmann::json& json, const CheckInfo& info);
void from_json(const nlohmann::json& json, CheckInfo& info);
void to_json(nlohmann::json& json, const CheckResult& result);
void from_json(const nlohmann::json& json, CheckResult& result);
void to_json(nlohmann::json& json, const CompilerReport& report);
void from_json(const nlohmann::json& json, CompilerReport& report);

}  // namespace judge
