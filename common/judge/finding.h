#pragma once

#include <string_view>

namespace judge {

/// What a check can find.
enum class Finding {
  wrong_result,
  data_race,
  deadlock,
  livelock,
  crash,
  unhandled_fault,
  leak,
  undefined_behaviour,
  wrong_mechanism,
  compile_error,
  not_started,
};

/// As it is written everywhere: "wrong-result".
constexpr std::string_view to_string(Finding finding) {
  switch (finding) {
    case Finding::wrong_result:
      return "wrong-result";
    case Finding::data_race:
      return "data-race";
    case Finding::deadlock:
      return "deadlock";
    case Finding::livelock:
      return "livelock";
    case Finding::crash:
      return "crash";
    case Finding::unhandled_fault:
      return "unhandled-fault";
    case Finding::leak:
      return "leak";
    case Finding::undefined_behaviour:
      return "undefined-behaviour";
    case Finding::wrong_mechanism:
      return "wrong-mechanism";
    case Finding::compile_error:
      return "compile-error";
    case Finding::not_started:
      return "not-started";
  }
  return "";
}

}  // namespace judge
