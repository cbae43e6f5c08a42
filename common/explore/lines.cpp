#include "common/explore/lines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <sstream>

#include "common/explore/names.h"

namespace explore {

namespace {

const Dwfl_Callbacks callbacks{
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = nullptr,
    .debuginfo_path = nullptr,
};

// With address randomisation off, Linux loads a position-independent program here.
constexpr std::uint64_t usual_base = 0x555555554000;

// Code that comes from a call at that line.
struct Inlined {
  Dwarf_Addr begin = 0, end = 0;
  const char* file = nullptr;
  int line = 0;
  int depth = 0;
};

// A part of the code of a compilation unit.
struct Unit {
  Dwarf_Addr end = 0, bias = 0;
  Dwarf_Die die{};
};

}  // namespace

struct Lines::Debug {
  Dwfl* dwfl = nullptr;
  Dwfl_Module* module = nullptr;
  std::map<Dwarf_Off, std::vector<Inlined>> inlined;  // by compilation unit
  std::map<Dwarf_Addr, Unit> units;                   // by where their code begins

  // Which unit an address belongs to, its units say themselves. dwfl_module_addrdie(3) asks
  // .debug_aranges, which clang does not write.
  void collect_units() {
    Dwarf_Die* unit = nullptr;
    Dwarf_Addr bias = 0;
    while (module != nullptr && (unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr) {
      Dwarf_Addr base = 0, begin = 0, end = 0;
      for (std::ptrdiff_t at = 0; (at = dwarf_ranges(unit, at, &base, &begin, &end)) > 0;) {
        units[begin + bias] = {end + bias, bias, *unit};
      }
    }
  }

  // null: nobody has said.
  Unit* unit_at(Dwarf_Addr address) {
    auto after = units.upper_bound(address);
    if (after == units.begin()) return nullptr;
    Unit& unit = std::prev(after)->second;
    return address < unit.end ? &unit : nullptr;
  }

  // The file and the line of an address; null: unknown.
  static const char* source(Unit& unit, Dwarf_Addr address, int& number) {
    Dwarf_Line* line = dwarf_getsrc_die(&unit.die, address - unit.bias);
    if (line == nullptr || dwarf_lineno(line, &number) != 0) return nullptr;
    return dwarf_linesrc(line, nullptr, nullptr);
  }

  const std::vector<Inlined>& inlined_in(Dwarf_Die unit) {
    const auto [known, is_new] = inlined.try_emplace(dwarf_dieoffset(&unit));
    if (is_new) {
      Dwarf_Files* files = nullptr;
      dwarf_getsrcfiles(&unit, &files, nullptr);
      collect(unit, files, 0, known->second);
    }
    return known->second;
  }

 private:
  // All of the tree: what a lambda inlines stands below the function that the lambda is in, though
  // its code is elsewhere. dwarf_getscopes(3) does not look there.
  static void collect(Dwarf_Die parent, Dwarf_Files* files, int depth, std::vector<Inlined>& all) {
    Dwarf_Die die;
    if (dwarf_child(&parent, &die) != 0) return;
    do {
      if (dwarf_tag(&die) == DW_TAG_inlined_subroutine) add(die, files, depth, all);
      collect(die, files, depth + 1, all);
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  static void add(Dwarf_Die die, Dwarf_Files* files, int depth, std::vector<Inlined>& all) {
    Dwarf_Attribute attribute;
    Dwarf_Word file = 0, line = 0;
    if (dwarf_formudata(dwarf_attr(&die, DW_AT_call_file, &attribute), &file) != 0) return;
    if (dwarf_formudata(dwarf_attr(&die, DW_AT_call_line, &attribute), &line) != 0) return;
    Inlined call;
    call.file = dwarf_filesrc(files, file, nullptr, nullptr);
    call.line = static_cast<int>(line);
    call.depth = depth;
    Dwarf_Addr base = 0;
    for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &call.begin, &call.end)) > 0;) {
      all.push_back(call);
    }
  }
};

std::optional<std::string> source_on_disk(const std::string& name) {
  if (name.starts_with("/usr/")) return std::nullopt;
  std::ifstream file(name, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Sources sources_by_name(const std::map<std::string, std::string>& texts) {
  return [&texts](const std::string& name) -> std::optional<std::string> {
    const auto at = texts.find(std::filesystem::path(name).filename());
    return at == texts.end() ? std::nullopt : std::optional(at->second);
  };
}

Lines::Lines(const std::filesystem::path& program, Sources sources)
    : sources_(std::move(sources)), debug_(std::make_unique<Debug>()) {
  debug_->dwfl = dwfl_begin(&callbacks);
  dwfl_report_begin(debug_->dwfl);
  debug_->module = dwfl_report_elf(debug_->dwfl, "program", program.c_str(), -1, usual_base, false);
  dwfl_report_end(debug_->dwfl, nullptr, nullptr);
  debug_->collect_units();
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
  if (const char* name = dwfl_module_addrname(debug_->module, address))
    function = function_name(name);
  const auto add = [&](const char* file, int number) {
    if (file == nullptr) return;
    std::optional<std::string> text = text_of(file, number);
    if (!text) return;
    Line line;
    line.file = std::filesystem::path(file).filename().string();
    line.number = number;
    line.function = function;
    line.text = std::move(*text);
    lines.push_back(std::move(line));
  };
  Unit* unit = debug_->unit_at(address);
  if (unit == nullptr) return lines;
  int number = 0;
  const char* file = Debug::source(*unit, address, number);
  add(file, number);
  // The calls that were inlined there, the innermost first.
  std::vector<Inlined> calls;
  for (const Inlined& call : debug_->inlined_in(unit->die)) {
    if (address - unit->bias >= call.begin && address - unit->bias < call.end) {
      calls.push_back(call);
    }
  }
  std::sort(calls.begin(), calls.end(),
            [](const Inlined& a, const Inlined& b) { return a.depth > b.depth; });
  for (const Inlined& call : calls) add(call.file, call.line);
  return lines;
}

// None if the file is of no interest.
std::optional<std::string> Lines::text_of(const char* file, int number) {
  auto [source, is_new] = files_.try_emplace(file);
  auto& rows = source->second;
  if (is_new) {
    if (const std::optional<std::string> all = sources_(file)) {
      rows.emplace();
      std::istringstream text(*all);
      for (std::string row; std::getline(text, row);) rows->push_back(row);
    }
  }
  if (!rows) return std::nullopt;
  if (number < 1 || static_cast<std::size_t>(number) > rows->size()) return "";
  std::string text = (*rows)[static_cast<std::size_t>(number) - 1];
  text.erase(0, text.find_first_not_of(" \t"));
  return text;
}

std::string Lines::file(const interleave::Control& run, std::uint32_t path) {
  if (path == interleave::nothing || path >= interleave::most_paths) return "";
  const Dwarf_Addr address = run.path[path].pc - 1;
  Unit* unit = debug_->unit_at(address);
  int number = 0;
  const char* name = unit == nullptr ? nullptr : Debug::source(*unit, address, number);
  return name == nullptr ? "" : std::filesystem::path(name).filename().string();
}

Line Lines::line(const interleave::Control& run, std::uint32_t path) {
  std::vector<Line> all = stack(run, path);
  return all.empty() ? Line{} : std::move(all.front());
}

}  // namespace explore
