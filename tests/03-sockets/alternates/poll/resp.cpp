#include "resp.h"

#include <cstdint>
#include <functional>
#include <map>

namespace lab {

namespace {

/// A line without its CR LF; nothing if it has not come. `at` moves behind it.
std::optional<std::string_view> line(std::string_view input, std::size_t& at) {
  const std::size_t end = input.find('\n', at);
  if (end == std::string_view::npos) return std::nullopt;
  if (end == at || input[end - 1] != '\r') throw ProtocolError("a line ends with CR LF");
  const std::string_view text = input.substr(at, end - 1 - at);
  at = end + 1;
  return text;
}

std::size_t number(std::string_view text, char kind, std::size_t most) {
  if (text.empty() || text[0] != kind) throw ProtocolError("unexpected line");
  text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    throw ProtocolError("no number");
  }
  while (text.size() > 1 && text[0] == '0') text.remove_prefix(1);
  if (text.size() > 15) throw ProtocolError("too large");
  const std::size_t value = std::stoull(std::string(text));
  if (value > most) throw ProtocolError("too large");
  return value;
}

std::string reply(const std::string& bytes) {
  return '$' + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

std::optional<std::int64_t> as_number(const std::string& text) {
  try {
    const std::int64_t value = std::stoll(text);
    if (std::to_string(value) == text) return value;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

using Words = std::vector<std::string>;

struct Command {
  std::size_t least, most;  // arguments
  std::function<std::string(Store&, const Words&)> run;
};

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> all{
      {"ping",
       {0, 1, [](Store&, const Words& w) { return w.size() == 1 ? "+PONG\r\n" : reply(w[1]); }}},
      {"echo", {1, 1, [](Store&, const Words& w) { return reply(w[1]); }}},
      {"set",
       {2, 2,
        [](Store& store, const Words& w) {
          store.insert_or_assign(w[1], w[2]);
          return std::string("+OK\r\n");
        }}},
      {"get",
       {1, 1,
        [](Store& store, const Words& w) {
          return store.contains(w[1]) ? reply(store[w[1]]) : "$-1\r\n";
        }}},
      {"del",
       {1, SIZE_MAX,
        [](Store& store, const Words& w) {
          const std::size_t before = store.size();
          for (const std::string& word : w) {
            if (&word != &w.front()) store.erase(word);
          }
          return ':' + std::to_string(before - store.size()) + "\r\n";
        }}},
      {"incr",
       {1, 1,
        [](Store& store, const Words& w) -> std::string {
          const auto value = store.contains(w[1]) ? as_number(store[w[1]]) : 0;
          if (!value) return "-ERR value is not an integer or out of range\r\n";
          if (*value == INT64_MAX) return "-ERR increment or decrement would overflow\r\n";
          store[w[1]] = std::to_string(*value + 1);
          return ':' + store[w[1]] + "\r\n";
        }}},
  };
  return all;
}

}  // namespace

std::optional<Request> parse_request(std::string_view input, std::size_t max_size) {
  const auto incomplete = [&]() -> std::optional<Request> {
    if (input.size() > max_size) throw ProtocolError("too large");
    return std::nullopt;
  };
  Request request;
  auto text = line(input, request.size);
  if (!text) return incomplete();
  const std::size_t count = number(*text, '*', max_size);
  while (request.words.size() < count) {
    text = line(input, request.size);
    if (!text) return incomplete();
    const std::size_t size = number(*text, '$', max_size);
    if (input.size() - request.size < size + 2) return incomplete();
    if (input.substr(request.size + size, 2) != "\r\n") throw ProtocolError("no CR LF");
    request.words.emplace_back(input.substr(request.size, size));
    request.size += size + 2;
  }
  if (request.size > max_size) throw ProtocolError("too large");
  return request;
}

std::string execute(Store& store, const std::vector<std::string>& words) {
  if (words.empty()) return "";
  std::string name;
  for (const char c : words[0]) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
  const auto at = commands().find(name);
  if (at == commands().end()) return "-ERR unknown command\r\n";
  const auto& [least, most, run] = at->second;
  if (words.size() - 1 < least || words.size() - 1 > most) {
    return "-ERR wrong number of arguments for '" + name + "' command\r\n";
  }
  return run(store, words);
}

}  // namespace lab
