#include "resp.h"

#include <charconv>
#include <cstdint>
#include <limits>

namespace lab {

namespace {

constexpr std::string_view end_of_line = "\r\n";

/// Reads one request from the beginning of what has come. Each step says by `false` that more has
/// to come first, and throws if nothing that comes can help.
class Reader {
 public:
  Reader(std::string_view input, std::size_t max_size) : input_(input), max_size_(max_size) {}

  [[nodiscard]] std::size_t position() const { return at_; }

  /// A line of `kind` and a number: "*3" or "$5".
  bool number(char kind, std::size_t& result) {
    if (!need(1)) return false;
    if (input_[at_] != kind) throw ProtocolError(std::string("expected '") + kind + "'");
    std::size_t value = 0;
    std::size_t end = at_ + 1;
    for (; end < input_.size() && input_[end] >= '0' && input_[end] <= '9'; ++end) {
      value = value * 10 + static_cast<std::size_t>(input_[end] - '0');
      // At once, and not at the end of the line: before it can overflow.
      if (value > max_size_) throw ProtocolError("invalid length: too large");
    }
    if (end == at_ + 1 && end < input_.size()) throw ProtocolError("invalid length");
    // A line without an end ("$0000...") is refused here, when it is longer than a request may be.
    const bool complete = need(end - at_ + end_of_line.size());
    expect_line_end(end);
    if (!complete) return false;
    at_ = end + end_of_line.size();
    result = value;
    return true;
  }

  bool bytes(std::size_t count, std::string& result) {
    // The size is known, and so is that it is too large: before the bytes have come.
    if (!need(count + end_of_line.size())) return false;
    expect_line_end(at_ + count);
    result = input_.substr(at_, count);
    at_ += count + end_of_line.size();
    return true;
  }

 private:
  /// Whether `count` more bytes are there.
  /// @throws ProtocolError  if they are more than the request may have.
  [[nodiscard]] bool need(std::size_t count) const {
    if (count > max_size_ - at_) throw ProtocolError("request too large");
    return input_.size() - at_ >= count;
  }

  // What has come of it has to be right; it need not be all.
  void expect_line_end(std::size_t at) const {
    if (!end_of_line.starts_with(input_.substr(at, end_of_line.size()))) {
      throw ProtocolError("expected the end of a line");
    }
  }

  std::string_view input_;
  std::size_t max_size_;
  std::size_t at_ = 0;
};

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
  Reader reader(input, max_size);
  Request request;
  std::size_t count = 0;
  if (!reader.number('*', count)) return std::nullopt;
  // No reserve(count): a number that somebody sends is no reason to take memory.
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t size = 0;
    std::string word;
    if (!reader.number('$', size) || !reader.bytes(size, word)) return std::nullopt;
    request.words.push_back(std::move(word));
  }
  request.size = reader.position();
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
