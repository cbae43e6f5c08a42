/// The machine, as far as a program could behave differently on another one. A run has to be the
/// same everywhere: there are two processors, whatever there really is.
/// @see get_nprocs(3), sysconf(3), sched_getaffinity(2)

#include <sched.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"

using namespace interleave;

namespace {

constexpr int processors = 2;

constinit real::Function<int()> real_get_nprocs{"get_nprocs"};
constinit real::Function<int()> real_get_nprocs_conf{"get_nprocs_conf"};
constinit real::Function<long(int)> real_sysconf{"sysconf"};

}  // namespace

extern "C" {

int get_nprocs() noexcept { return control != nullptr ? processors : real_get_nprocs(); }
int get_nprocs_conf() noexcept { return control != nullptr ? processors : real_get_nprocs_conf(); }

long sysconf(int name) noexcept {
  const bool counts = name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF;
  return counts && control != nullptr ? processors : real_sysconf(name);
}

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t* set) noexcept {
  if (control != nullptr && pid == 0 && size * 8 >= processors) {
    CPU_ZERO_S(size, set);
    for (int i = 0; i < processors; ++i) CPU_SET_S(i, size, set);
    return 0;
  }
  const long result = raw::call(SYS_sched_getaffinity, pid, size, set);
  if (result >= 0) return 0;
  errno = static_cast<int>(-result);
  return -1;
}

}  // extern "C"
