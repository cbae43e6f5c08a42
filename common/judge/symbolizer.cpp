#include "common/judge/symbolizer.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "common/judge/aside.h"
#include "common/judge/demangle.h"

namespace judge {

namespace {

// No search for separate debug files: the library has its own, and the judge has no path for it.
const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = [](Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*,
                         GElf_Word, char**) { return -1; },
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};

struct Debug {
  Dwfl* dwfl = nullptr;
  Dwfl_Module* module = nullptr;
  Dwarf_Addr start = 0;

  explicit Debug(int library) {
    dwfl = dwfl_begin(&callbacks);
    if (dwfl == nullptr) return;
    // libdw owns the descriptor that it is given.
    const int copy = ::fcntl(library, F_DUPFD_CLOEXEC, 100);
    module = dwfl_report_offline(dwfl, "submission", "submission", copy);
    if (module == nullptr) ::close(copy);
    dwfl_report_end(dwfl, nullptr, nullptr);
    if (module != nullptr) {
      dwfl_module_info(module, nullptr, &start, nullptr, nullptr, nullptr, nullptr, nullptr);
    }
  }
  ~Debug() {
    if (dwfl != nullptr) dwfl_end(dwfl);
  }
  Debug(const Debug&) = delete;
  Debug& operator=(const Debug&) = delete;
};

enum class Line { of_the_address, where_the_function_begins };

// File, line and function of each place, each ended by a NUL.
std::string read_places(int library, std::uint64_t base,
                        const std::vector<std::uint64_t>& addresses, Line which) {
  constexpr std::size_t longest_name = 200;
  std::string text;
  const Debug debug(library);
  if (debug.module == nullptr) return text;
  for (const std::uint64_t address : addresses) {
    if (address < base) continue;
    // A return address is behind its call; one byte back is inside it. The innermost frame is the
    // signal handler's, never the submission's, so that this is right for all of them.
    Dwarf_Addr at = address - 1 - base + debug.start;
    if (which == Line::where_the_function_begins) {
      GElf_Sym symbol{};
      GElf_Off offset = 0;
      if (dwfl_module_addrinfo(debug.module, at, &offset, &symbol, nullptr, nullptr, nullptr) !=
          nullptr) {
        at -= offset;
      }
    }
    Dwfl_Line* line = dwfl_module_getsrc(debug.module, at);
    if (line == nullptr) continue;
    int number = 0;
    const char* file = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
    if (file == nullptr) continue;
    std::string_view name = file;
    if (name.starts_with("./")) name.remove_prefix(2);
    // Paths with a directory are the standard library's, or the roles'.
    if (const auto slash = name.rfind('/'); slash != std::string_view::npos) {
      if (name.find("/submission/") == std::string_view::npos) continue;
      name.remove_prefix(slash + 1);
    }
    const char* function = dwfl_module_addrname(debug.module, at);
    text += std::string(name.substr(0, longest_name)) + '\0' + std::to_string(number) + '\0';
    if (function != nullptr) text += spelled_out(function).substr(0, longest_name);
    text += '\0';
  }
  return text;
}

std::vector<Place> places_in(const std::string& text) {
  std::vector<Place> places;
  std::istringstream words(text);
  std::string file, number, function;
  while (std::getline(words, file, '\0') && std::getline(words, number, '\0') &&
         std::getline(words, function, '\0')) {
    places.push_back({file, std::atoi(number.c_str()), function});
  }
  return places;
}

std::vector<Place> resolve(int library, std::uint64_t base,
                           const std::vector<std::uint64_t>& addresses, Line which) {
  if (library < 0 || addresses.empty()) return {};
  return places_in(aside([&] { return read_places(library, base, addresses, which); }));
}

}  // namespace

std::vector<Place> Symbolizer::places(std::uint64_t base,
                                      const std::vector<std::uint64_t>& addresses) const {
  return resolve(library_, base, addresses, Line::of_the_address);
}

std::vector<Place> Symbolizer::functions(std::uint64_t base,
                                         const std::vector<std::uint64_t>& addresses) const {
  return resolve(library_, base, addresses, Line::where_the_function_begins);
}

}  // namespace judge
