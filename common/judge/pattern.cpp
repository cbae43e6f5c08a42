#include "common/judge/pattern.h"

#include <span>
#include <stdexcept>

namespace judge {

namespace {

void release(regex_t* compiled) {
  ::regfree(compiled);
  delete compiled;
}

// With REG_STARTEND the length counts, and a NUL in the text is a letter like others.
bool find(const regex_t& compiled, const std::string& text, std::span<regmatch_t> found) {
  found[0] = {0, static_cast<regoff_t>(text.size())};
  return ::regexec(&compiled, text.c_str(), found.size(), found.data(), REG_STARTEND) == 0;
}

}  // namespace

Pattern::Pattern(const std::string& expression) : compiled_(nullptr, release) {
  auto compiled = std::make_unique<regex_t>();
  if (const int error = ::regcomp(compiled.get(), expression.c_str(), REG_EXTENDED); error != 0) {
    char why[200];
    ::regerror(error, compiled.get(), why, sizeof why);
    throw std::invalid_argument(why);
  }
  compiled_.reset(compiled.release());
}

bool Pattern::matches(const std::string& text) const {
  regmatch_t whole{};
  return find(*compiled_, text, {&whole, 1});
}

std::vector<std::string> Pattern::groups(const std::string& text) const {
  std::vector<regmatch_t> found(compiled_->re_nsub + 1);
  if (!find(*compiled_, text, found)) return {};
  std::vector<std::string> groups;
  for (const regmatch_t& group : found) {
    groups.emplace_back();
    if (group.rm_so < 0) continue;
    groups.back() = text.substr(static_cast<std::size_t>(group.rm_so),
                                static_cast<std::size_t>(group.rm_eo - group.rm_so));
  }
  return groups;
}

}  // namespace judge
