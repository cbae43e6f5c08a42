#include "common/explore/names.h"

#include <cxxabi.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace explore {

namespace {

constexpr std::string_view call_operator = "operator()";

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : symbol;
}

void drop_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.erase(at, what.size());
  }
}

// Where the bracket that opens `text` is closed; its size if it is not.
std::size_t end_of_brackets(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::string_view("(<{[").find(text[i]) != std::string_view::npos) ++depth;
    if (std::string_view(")>}]").find(text[i]) != std::string_view::npos && --depth == 0) return i;
  }
  return text.size();
}

// The size of an operator's name at the beginning of `text`; 0: that is none.
std::size_t size_of_operator(std::string_view text) {
  constexpr std::string_view word = "operator";
  if (!text.starts_with(word)) return 0;
  if (text.starts_with(call_operator)) return call_operator.size();
  const auto next = static_cast<unsigned char>(text.size() > word.size() ? text[word.size()] : ' ');
  if (std::isalnum(next) != 0 || next == '_') return 0;
  return std::min(text.find('('), text.size());
}

// The names in "void ns::f<int>(int)::{lambda()#1}::operator()() const": ns, f, {lambda()#1} and
// operator(). What stands between brackets is no name, what stands before a space is a type.
std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    const bool begins = names.back().empty();
    if (const std::size_t size = begins ? size_of_operator(rest) : 0; size > 0) {
      names.back() = rest.substr(0, size);
      i += size - 1;
    } else if (std::string_view("(<{[").find(rest[0]) != std::string_view::npos) {
      const std::size_t end = end_of_brackets(rest);
      if (begins && rest[0] == '{') names.back() = rest.substr(0, end + 1);
      i += end;
    } else if (rest.starts_with("::")) {
      names.emplace_back();
      ++i;
    } else if (rest.starts_with(" const")) {
      i += std::string_view(" const").size() - 1;
    } else if (rest.starts_with(" [")) {
      break;  // "[clone .cold]"
    } else if (rest[0] == ' ') {
      names.assign(1, "");
    } else {
      names.back() += rest[0];
    }
  }
  return names;
}

// As g++ and clang call them.
bool is_lambda(const std::string& name) {
  return name.starts_with("{lambda(") || name.starts_with("$_");
}

// What of a lambda is called: itself, or as a plain function.
bool is_call(const std::string& name) {
  return name == call_operator || name == "_FUN" || name == "__invoke";
}

}  // namespace

std::string function_name(const char* symbol) {
  std::string name = demangled(symbol);
  drop_all(name, "(anonymous namespace)::");
  std::string text, lambdas;
  bool after_lambda = false;
  for (const std::string& part : names_in(name)) {
    if (is_lambda(part)) {
      lambdas += "lambda in ";
    } else if (!part.empty() && !(after_lambda && is_call(part))) {
      text += (text.empty() ? "" : "::") + part;
    }
    after_lambda = is_lambda(part);
  }
  if (text.empty()) return lambdas.empty() ? name : "lambda";
  return lambdas + text;
}

}  // namespace explore
