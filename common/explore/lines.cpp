#include "common/explore/lines.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace explore {

namespace {

const Dwfl_Callbacks callbacks{
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = nullptr,
    .debuginfo_path = nullptr,
};

std::string plain_name(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  std::string text = status == 0 ? name.get() : symbol;
  if (const auto open = text.find('('); open != std::string::npos && open > 0) text.resize(open);
  return text;
}

// With address randomisation off, Linux loads a position-independent program here.
constexpr std::uint64_t usual_base = 0x555555554000;

}  // namespace

struct Lines::Debug {
  Dwfl* dwfl = nullptr;
  Dwfl_Module* module = nullptr;
};

Lines::Lines(const std::filesystem::path& program) : debug_(std::make_unique<Debug>()) {
  debug_->dwfl = dwfl_begin(&callbacks);
  dwfl_report_begin(debug_->dwfl);
  debug_->module = dwfl_report_elf(debug_->dwfl, "program", program.c_str(), -1, usual_base, false);
  dwfl_report_end(debug_->dwfl, nullptr, nullptr);
}

Lines::~Lines() { dwfl_end(debug_->dwfl); }

std::vector<Line> Lines::stack(const interleave::Control& run, std::uint32_t path) {
  std::vector<Line> lines;
  for (int depth = 0; path != interleave::nothing && path < interleave::most_paths && depth < 64;
       path = run.path[path].parent, ++depth) {
    const std::uint64_t pc = run.path[path].pc;
    if (pc == 0 || debug_->module == nullptr) continue;
    for (Line& line : lines_at(pc - 1)) lines.push_back(std::move(line));
  }
  return lines;
}

// The line of an address, and those that what is inlined there was called from: innermost first.
std::vector<Line> Lines::lines_at(std::uint64_t address) {
  const auto [known, is_new] = addresses_.try_emplace(address);
  if (!is_new) return known->second;
  std::vector<Line>& lines = known->second;
  std::string function;
  if (const char* name = dwfl_module_addrname(debug_->module, address)) function = plain_name(name);
  const auto add = [&](const char* file, int number) {
    if (file == nullptr || std::string_view(file).starts_with("/usr/")) return;
    Line line;
    line.file = std::filesystem::path(file).filename().string();
    line.number = number;
    line.function = function;
    line.text = text_of(file, number);
    lines.push_back(std::move(line));
  };
  int number = 0;
  if (Dwfl_Line* at = dwfl_module_getsrc(debug_->module, address)) {
    const char* file = dwfl_lineinfo(at, nullptr, &number, nullptr, nullptr, nullptr);
    add(file, number);
  }
  Dwarf_Addr bias = 0;
  Dwarf_Die* unit = dwfl_module_addrdie(debug_->module, address, &bias);
  Dwarf_Die* scopes = nullptr;
  const int count = unit == nullptr ? 0 : dwarf_getscopes(unit, address - bias, &scopes);
  Dwarf_Files* files = nullptr;
  if (count > 0) dwarf_getsrcfiles(unit, &files, nullptr);
  for (int i = 0; i < count; ++i) {
    if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine) continue;
    Dwarf_Attribute attribute;
    Dwarf_Word file = 0, line = 0;
    if (dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_file, &attribute), &file) != 0) continue;
    if (dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_line, &attribute), &line) != 0) continue;
    add(dwarf_filesrc(files, file, nullptr, nullptr), static_cast<int>(line));
  }
  std::free(scopes);
  return lines;
}

std::string Lines::text_of(const char* file, int number) {
  auto [source, is_new] = files_.try_emplace(file);
  if (is_new) {
    std::ifstream text(file);
    for (std::string row; std::getline(text, row);) source->second.push_back(row);
  }
  if (number < 1 || static_cast<std::size_t>(number) > source->second.size()) return "";
  std::string text = source->second[static_cast<std::size_t>(number) - 1];
  text.erase(0, text.find_first_not_of(" \t"));
  return text;
}

Line Lines::line(const interleave::Control& run, std::uint32_t path) {
  std::vector<Line> all = stack(run, path);
  return all.empty() ? Line{} : std::move(all.front());
}

}  // namespace explore
