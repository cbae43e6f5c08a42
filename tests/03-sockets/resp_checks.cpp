#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "requests.h"
#include "resp.h"

using namespace judge;
using namespace requests;

/// Part B: what is said between server and client. These functions wait for nobody, so that one
/// role asks and tells what it was answered.

namespace {

// A request as a text that no other request has.
[[maybe_unused]] std::string told(const lab::Request& request) {
  std::string text = std::to_string(request.size) + ":";
  for (const std::string& word : request.words) {
    text += std::to_string(word.size()) + ":" + word;
  }
  return text;
}

std::string expected(const Words& words) {
  std::string text = std::to_string(encoded(words).size()) + ":";
  for (const std::string& word : words) text += std::to_string(word.size()) + ":" + word;
  return text;
}

}  // namespace

// Takes apart what it is given: at first only `from` bytes of it, then one more each time.
ROLE(parser) {
  const std::string input = to_text(me.payload());
  const auto max_size = static_cast<std::size_t>(me.number("max size"));
  for (auto size = static_cast<std::size_t>(me.number("from")); size <= input.size(); ++size) {
    // In memory of exactly this size: what is behind it is nobody's.
    const std::vector<char> begun(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    try {
      const auto request = lab::parse_request({begun.data(), begun.size()}, max_size);
      me.report("parsed", request ? told(*request) : "nothing");
    } catch (const lab::ProtocolError&) {
      me.report("parsed", "ProtocolError");
    }
  }
}

namespace {

Cast parsing(const std::string& input, std::size_t from, std::size_t max_size) {
  return Cast(parser)
      .payload(to_bytes(input))
      .give("from", static_cast<std::int64_t>(from))
      .give("max size", static_cast<std::int64_t>(max_size));
}

}  // namespace

CHECK(Resp, FindsARequestInAnyBeginning, part('B'), behaviour, points(3),
      "a request is found when it is complete, and not before") {
  const std::string odd = "\r\n" + random.word(3) + '\0' + "$3\r\n*1\r\n";
  for (const Words& words :
       {Words{"PING"}, Words{"SET", random.word(random.between(1, 12)), odd}, Words{"ECHO", ""},
        Words{}, Words{"DEL", random.word(2), random.word(30), random.word(1), ""},
        Words{"SET", "k", random.word(random.between(100, 140))}}) {
    const std::string request = encoded(words);
    // What stands behind it belongs to the next one.
    const std::string next = encoded({"GET", random.word(4)});
    const RunResult run = explore(
        Scenario().with(parsing(request + next, 0, 1000)).about("A request comes in pieces"));
    const auto parsed = run.only().all("parsed");
    for (std::size_t size = 0; size <= request.size() + next.size(); ++size) {
      const bool complete = size >= request.size();
      const std::string what = complete ? expected(words) : "nothing";
      const std::string got = size < parsed.size() ? parsed[size] : "no report";
      if (got == what) continue;
      const std::string situation =
          "Of the request " + shown(request) + " (" + std::to_string(request.size()) + " bytes), " +
          (complete ? "all have" : std::to_string(size) + " have") + " come" +
          (size > request.size() ? ", and the next one has begun" : "") + ": parse_request ";
      if (!complete) {
        fail(Finding::wrong_result,
             situation + "has to return nothing and wait for more. " +
                 (got == "ProtocolError" ? "It threw ProtocolError." : "It returned a request."),
             "A request comes in pieces");
      }
      fail(Finding::wrong_result,
           situation + "has to return its " + std::to_string(words.size()) + " words, and size " +
               std::to_string(request.size()) + ". " +
               (got == "nothing"         ? "It returned nothing."
                : got == "ProtocolError" ? "It threw ProtocolError."
                                         : "It returned other words, or another size."),
           "A request comes in pieces");
    }
  }
}

CHECK(Resp, RefusesWhatIsNoRequest, part('B'), faults, points(3),
      "what cannot become a request is refused, a length before its bytes have come") {
  constexpr std::size_t max_size = 300;
  struct Case {
    std::string input, why;
    bool refused = true;
  };
  const std::string word = random.word(6);
  const std::size_t large = random.between(301, 60'000);
  const std::string fits = encoded({"ECHO", random.word(300 - 22)});
  const std::vector<Case> cases{
      {"PING\r\n", "it does not begin with \"*\""},
      {"*1\r\n:5\r\n" + word, "behind the array's length there is no \"$\""},
      {"*-1\r\n$4\r\nPING\r\n", "the array's length is negative"},
      {"*1\r\n$-4\r\nPING\r\n", "the string's length is negative"},
      {"*x\r\n$4\r\nPING\r\n", "the array's length is no number"},
      {"*1\r\n$4x\r\nPING\r\n", "the string's length is no number"},
      {"*1\r\n$+4\r\nPING\r\n", "there is a sign before the length"},
      {"*1\r\n$ 4\r\nPING\r\n", "there is a space before the length"},
      {"*\r\n$4\r\nPING\r\n", "the array's length is empty"},
      {"*1\r\n$\r\nPING\r\n", "the string's length is empty"},
      {"*1\r\n$4\r\nPINGED\r\n", "the string is longer than was said: no CR LF behind it"},
      {"*1\r\n$4\r\nPING\n\r", "LF CR instead of CR LF is behind the string"},
      {"*1\n$4\nPING\n\n\n\n", "its lines end with LF alone"},
      {"*1\r\n$" + std::to_string(large) + "\r\n", "a string is announced that is too large"},
      {"*" + std::to_string(large) + "\r\n", "an array is announced that is too large"},
      {"*1\r\n$18446744073709551617\r\n", "2^64 + 1 is announced, which no number here can hold"},
      {"*1\r\n$4294967300\r\nPING\r\n", "2^32 + 4 is announced, which is 4 in 32 bits"},
      {"*99999999999999999999999999\r\n", "a length of 26 digits is announced"},
      {encoded({"ECHO", random.word(301 - 22)}), "it has 301 bytes, one too many"},
      {fits, "it has exactly as many bytes as it may have", false},
      {std::string("*1\r\n$") + std::string(400, '0'), "its number of zeros has no end"},
      {std::string("*20\r\n") +
           [] {
             std::string all;
             for (int i = 0; i < 40; ++i) all += "$9\r\n123456789\r\n";
             return all;
           }(),
       "each of its words is small, and all of them together are too large"},
  };
  for (const Case& one : cases) {
    const RunResult run = explore(
        Scenario().with(parsing(one.input, one.input.size(), max_size)).about("A hostile request"));
    const std::string got = run.only().last("parsed");
    const std::string limit = " (A request may have " + std::to_string(max_size) + " bytes here.)";
    if (one.refused && got != "ProtocolError") {
      fail(Finding::unhandled_fault,
           "The input " + shown(one.input) + " is no request: " + one.why +
               ". parse_request has to throw ProtocolError, and returned " +
               (got == "nothing" ? "nothing, as if more had to come." : "a request.") + limit,
           "A hostile request");
    }
    if (!one.refused && got != expected({"ECHO", fits.substr(20, 300 - 22)})) {
      fail(Finding::wrong_result,
           "A request is to be accepted: " + one.why + ". parse_request did not return it." + limit,
           "A hostile request");
    }
  }
}

// Carries out one request after the other on one store.
ROLE(executor) {
  lab::Store store;
  std::string input = to_text(me.payload());
  while (!input.empty()) {
    // The requests, as a role can read them without the student's parser: each word ends with NUL,
    // and each request with a line.
    std::vector<std::string> words;
    const std::size_t line = input.find('\n');
    for (std::size_t at = 0; at < line;) {
      const std::size_t end = input.find('\0', at);
      words.push_back(input.substr(at, end - at));
      at = end + 1;
    }
    input.erase(0, line + 1);
    me.report("reply", lab::execute(store, words));
  }
}

namespace {

/// A request, and the reply to it.
struct Step {
  Words words;
  std::string reply;
};

Bytes as_payload(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    for (const std::string& word : step.words) text += word + '\0';
    text += '\n';
  }
  return to_bytes(text);
}

std::string number(std::int64_t value) { return ":" + std::to_string(value) + "\r\n"; }
std::string error(const std::string& text) { return "-ERR " + text + "\r\n"; }

// What is wrong with the first reply that is; "" if none is.
std::string first_wrong(const std::vector<Step>& steps, const RoleResult& role) {
  const auto replies = role.all("reply");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string got = i < replies.size() ? replies[i] : "";
    if (got == steps[i].reply) continue;
    std::string before;
    for (std::size_t k = i > 4 ? i - 4 : 0; k < i; ++k) {
      before += "\n  " + in_words(steps[k].words) + "  ->  " + shown(steps[k].reply);
    }
    return "To " + in_words(steps[i].words) + " the reply has to be " + shown(steps[i].reply) +
           ", and it is " + shown(got) + "." +
           (before.empty() ? "" : " The requests before it, and their replies:" + before);
  }
  return {};
}

}  // namespace

CHECK(Resp, RepliesAsRedisDoes, part('B'), behaviour, points(2),
      "each command has the effect and the reply that redis has for it") {
  const std::string a = random.word(5), b = random.word(6), c = random.word(7);
  const std::string value = random.word(random.between(1, 90)), other = random.word(11);
  const std::vector<Step> steps{
      {{"PING"}, "+PONG\r\n"},
      {{"PiNG", value}, bulk(value)},
      {{"GET", a}, "$-1\r\n"},
      {{"SET", a, value}, "+OK\r\n"},
      {{"GET", a}, bulk(value)},
      {{"GET", b}, "$-1\r\n"},
      {{"set", a, other}, "+OK\r\n"},
      {{"gEt", a}, bulk(other)},
      {{"SET", b, ""}, "+OK\r\n"},
      {{"GET", b}, "$0\r\n\r\n"},
      {{"ECHO", value}, bulk(value)},
      {{"ECHO", ""}, "$0\r\n\r\n"},
      {{"DEL", c}, ":0\r\n"},
      {{"DEL", a, c, b, a}, ":2\r\n"},
      {{"GET", b}, "$-1\r\n"},
      {{}, ""},
      {{random.word(9)}, error("unknown command")},
      {{"GETX", a}, error("unknown command")},
      {{"GET"}, error("wrong number of arguments for 'get' command")},
      {{"GET", a, b}, error("wrong number of arguments for 'get' command")},
      {{"Set", a}, error("wrong number of arguments for 'set' command")},
      {{"SET", a, b, c}, error("wrong number of arguments for 'set' command")},
      {{"GET", a}, "$-1\r\n"},
      {{"ECHO"}, error("wrong number of arguments for 'echo' command")},
      {{"DEL"}, error("wrong number of arguments for 'del' command")},
      {{"INCR"}, error("wrong number of arguments for 'incr' command")},
      {{"PING", a, b}, error("wrong number of arguments for 'ping' command")},
  };
  const RunResult run = explore(
      Scenario().with(Cast(executor).payload(as_payload(steps))).about("Commands and replies"));
  if (const std::string text = first_wrong(steps, run.only()); !text.empty()) {
    fail(Finding::wrong_result, text, "Commands and replies");
  }
}

CHECK(Resp, CountsWithoutOverflow, part('B'), behaviour, points(2),
      "INCR counts what is a number, and changes nothing else") {
  const std::string key = random.word(5);
  const auto start = static_cast<std::int64_t>(random.between(1'000'000, 9'000'000'000));
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::vector<Step> steps{
      {{"INCR", key}, ":1\r\n"},
      {{"incr", key}, ":2\r\n"},
      {{"GET", key}, bulk("2")},
  };
  for (const std::int64_t value : {start, -start, std::int64_t{-1}, most - 1, least}) {
    steps.push_back({{"SET", key, std::to_string(value)}, "+OK\r\n"});
    steps.push_back({{"INCR", key}, number(value + 1)});
    steps.push_back({{"GET", key}, bulk(std::to_string(value + 1))});
  }
  steps.push_back({{"SET", key, std::to_string(most)}, "+OK\r\n"});
  steps.push_back({{"INCR", key}, error("increment or decrement would overflow")});
  steps.push_back({{"GET", key}, bulk(std::to_string(most))});
  for (const std::string& text :
       {random.word(3) + "x", std::string("12 "), std::string(" 12"), std::string("+7"),
        std::string("007"), std::string("-0"), std::string(), std::string("3.5"),
        std::string("12x"), std::string("-"), std::string("9223372036854775808"),
        std::string("-9223372036854775809"), std::string("18446744073709551616")}) {
    steps.push_back({{"SET", key, text}, "+OK\r\n"});
    steps.push_back({{"INCR", key}, error("value is not an integer or out of range")});
    steps.push_back({{"GET", key}, bulk(text)});
  }
  const RunResult run = explore(
      Scenario().with(Cast(executor).payload(as_payload(steps))).about("Commands and replies"));
  if (const std::string text = first_wrong(steps, run.only()); !text.empty()) {
    fail(Finding::wrong_result, text, "Commands and replies");
  }
}
