#include "common/judge/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include "common/judge/aside.h"

namespace judge {

std::string spelled_out(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  std::string text = status == 0 ? name.get() : symbol;
  for (const std::string_view noise : {"(anonymous namespace)::", "[abi:cxx11]"}) {
    for (std::size_t at = 0; (at = text.find(noise)) != std::string::npos;) {
      text.erase(at, noise.size());
    }
  }
  // "lab::exchange(int, ...)::{lambda()#1}::operator()() const" is `lab::exchange` to its author.
  if (const auto open = text.find('('); open != std::string::npos && open > 0) text.resize(open);
  return text;
}

std::string demangled(const char* symbol) {
  constexpr std::size_t longest = 1000;
  std::string text = aside([&] { return spelled_out(symbol).substr(0, longest); });
  return text.empty() ? std::string(symbol).substr(0, longest) : text;
}

}  // namespace judge
