#include "common/interleave/core/paths.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unwind.h>

#include <iterator>

#include "common/interleave/core/engine.h"

namespace interleave {

namespace {

// Where the program's own code lies; what is elsewhere is a library's.
struct Range {
  std::uint64_t begin = 0, end = 0;
};
Range ranges[4];
std::size_t range_count = 0;

bool is_program(std::uint64_t pc) {
  for (std::size_t i = 0; i < range_count; ++i) {
    if (pc >= ranges[i].begin && pc < ranges[i].end) return true;
  }
  return false;
}

struct Search {
  std::uint64_t from;
  bool passed = false;
  std::uint64_t found = 0;
};

_Unwind_Reason_Code look(_Unwind_Context* context, void* argument) {
  auto& search = *static_cast<Search*>(argument);
  const std::uint64_t pc = _Unwind_GetIP(context);
  if (search.passed && is_program(pc)) {
    search.found = pc;
    return _URC_END_OF_STACK;
  }
  search.passed = search.passed || pc == search.from;
  return _URC_NO_REASON;
}

int find_text(dl_phdr_info* info, std::size_t, void* argument) {
  auto& object = *static_cast<Range*>(argument);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    const std::uint64_t begin = info->dlpi_addr + part.p_vaddr;
    if (object.begin >= begin && object.begin < begin + part.p_memsz) {
      object = {begin, begin + part.p_memsz};
      return 1;
    }
  }
  return 0;
}

}  // namespace

void add_program_text(const void* somewhere_in_it) {
  Range range{reinterpret_cast<std::uint64_t>(somewhere_in_it), 0};
  if (::dl_iterate_phdr(find_text, &range) != 1 || range_count == std::size(ranges)) return;
  // Behind the engine libraries may come that were linked statically. Whoever has linked a program
  // by hand may have put it there, too: then all is taken for the program's.
  const auto engine = reinterpret_cast<std::uint64_t>(&where_the_engine_begins);
  const auto main = reinterpret_cast<std::uint64_t>(::dlsym(RTLD_DEFAULT, "main"));
  if (main >= range.begin && main < engine && engine < range.end) range.end = engine;
  ranges[range_count++] = range;
}

std::uint32_t path_to(const void* pc) {
  auto address = reinterpret_cast<std::uint64_t>(pc);
  if (!is_program(address)) {
    // The call came through a library, such as std::condition_variable::wait: what matters is which
    // line of the program called that.
    Search search{address};
    _Unwind_Backtrace(look, &search);
    if (search.found != 0) address = search.found;
  }
  return path_below(path, address);
}

}  // namespace interleave
