#include "resp.h"

#include <charconv>
#include <cstdint>
#include <limits>

namespace lab {

namespace {

std::string lower_case(std::string word) {
  // By hand: tolower(3) asks the locale, and a char above 127 is negative.
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return word;
}

std::string bulk(const std::string& bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

std::string integer(std::int64_t value) { return ":" + std::to_string(value) + "\r\n"; }

std::string error(const std::string& text) { return "-ERR " + text + "\r\n"; }

std::string increment(Store& store, const std::string& key) {
  const auto at = store.find(key);
  std::int64_t value = 0;
  if (at != store.end()) {
    const std::string& text = at->second;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    // from_chars takes "007" and "-0" as well, which INCR never writes.
    if (problem != std::errc{} || end != text.data() + text.size() ||
        std::to_string(value) != text) {
      return error("value is not an integer or out of range");
    }
  }
  // Asked before it is done: afterwards it would have been undefined behaviour.
  if (value == std::numeric_limits<std::int64_t>::max()) {
    return error("increment or decrement would overflow");
  }
  store[key] = std::to_string(value + 1);
  return integer(value + 1);
}

}  // namespace

std::optional<Request> parse_request(std::string_view input, std::size_t max_size) {
  enum class State { star, count, dollar, length, line_end, bytes, bytes_cr, bytes_lf, done };
  State state = State::star, next = State::star;
  Request request;
  std::size_t number = 0, words = 0, digits = 0;
  const auto expect = [](bool right) {
    if (!right) throw ProtocolError("unexpected byte");
  };
  while (state != State::done) {
    if (request.size >= max_size) throw ProtocolError("request too large");
    if (request.size == input.size()) return std::nullopt;
    const char c = input[request.size++];
    switch (state) {
      case State::star:
      case State::dollar:
        expect(c == (state == State::star ? '*' : '$'));
        state = state == State::star ? State::count : State::length;
        number = digits = 0;
        break;
      case State::count:
      case State::length:
        if (c != '\r') {
          expect(c >= '0' && c <= '9');
          number = number * 10 + static_cast<std::size_t>(c - '0');
          ++digits;
          if (number > max_size) throw ProtocolError("number too large");
          break;
        }
        expect(digits > 0);
        if (state == State::count) {
          words = number;
          next = words == 0 ? State::done : State::dollar;
        } else {
          next = State::bytes;
          request.words.emplace_back();
        }
        state = State::line_end;
        break;
      case State::line_end:
        expect(c == '\n');
        state = next == State::bytes && number == 0 ? State::bytes_cr : next;
        break;
      case State::bytes:
        request.words.back() += c;
        if (--number == 0) state = State::bytes_cr;
        break;
      case State::bytes_cr:
        expect(c == '\r');
        state = State::bytes_lf;
        break;
      case State::bytes_lf:
        expect(c == '\n');
        state = request.words.size() == words ? State::done : State::dollar;
        break;
      case State::done:
        break;
    }
  }
  return request;
}

std::string execute(Store& store, const std::vector<std::string>& words) {
  if (words.empty()) return {};
  const std::string command = lower_case(words[0]);
  const std::size_t arguments = words.size() - 1;
  const auto wrong_number = [&] {
    return error("wrong number of arguments for '" + command + "' command");
  };

  if (command == "ping") {
    if (arguments > 1) return wrong_number();
    return arguments == 0 ? "+PONG\r\n" : bulk(words[1]);
  }
  if (command == "echo") return arguments == 1 ? bulk(words[1]) : wrong_number();
  if (command == "set") {
    if (arguments != 2) return wrong_number();
    store[words[1]] = words[2];
    return "+OK\r\n";
  }
  if (command == "get") {
    if (arguments != 1) return wrong_number();
    const auto at = store.find(words[1]);
    return at == store.end() ? "$-1\r\n" : bulk(at->second);
  }
  if (command == "del") {
    if (arguments == 0) return wrong_number();
    std::int64_t gone = 0;
    for (std::size_t i = 1; i < words.size(); ++i) {
      gone += static_cast<std::int64_t>(store.erase(words[i]));
    }
    return integer(gone);
  }
  if (command == "incr") return arguments == 1 ? increment(store, words[1]) : wrong_number();
  // Without the name: it comes from the client, and could hold the end of a line.
  return error("unknown command");
}

}  // namespace lab
