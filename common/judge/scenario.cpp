#include "common/judge/scenario.h"

#include <cstdlib>
#include <stdexcept>

namespace judge {

const Bytes* RoleResult::reported(std::string_view tag) const {
  for (const Report& report : reports) {
    if (report.tag == tag) return &report.data;
  }
  return nullptr;
}

std::vector<std::string> RoleResult::all(std::string_view tag) const {
  std::vector<std::string> texts;
  for (const Report& report : reports) {
    if (report.tag == tag) texts.push_back(to_text(report.data));
  }
  return texts;
}

std::string RoleResult::last(std::string_view tag) const {
  const auto texts = all(tag);
  return texts.empty() ? "nothing" : texts.back();
}

int RoleResult::error() const { return how == "system-error" ? std::atoi(detail.c_str()) : 0; }

const RoleResult& RunResult::of(Role role) const {
  for (const RoleResult& result : roles) {
    if (result.role == role.name) return result;
  }
  throw std::logic_error(std::string("no role ") + role.name + " in this run");
}

std::string who_threw(const RunResult& run) {
  std::string text;
  for (const RoleResult& role : run.roles) {
    if (role.how.empty() || role.how == "returned") continue;
    text += "`" + role.role + "` had thrown: " + role.what + ".\n";
  }
  return text;
}

}  // namespace judge
