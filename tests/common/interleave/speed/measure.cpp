/// What the engine costs: schedules a second, a hand-over, an access. Prints a table of medians;
/// `cmake --build build --target engine-speed`, and nothing else on the machine.

#include <sched.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/explore/explorer.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int repetitions = 7;

double median_of(const std::function<double()>& measure) {
  std::vector<double> values;
  for (int i = 0; i < repetitions; ++i) values.push_back(measure());
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::filesystem::path program(const char* name) {
  return std::filesystem::path(IPCLAB_EXPLORED) / "speed" / name;
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Schedules a second, with so many runs side by side.
double rate(const char* name, int side_by_side) {
  explore::Explorer explorer(program(name), {}, side_by_side);
  explore::Search search;
  search.way = explore::Way::random;
  search.schedules = 1000;
  explorer.search(search);  // warm
  return median_of([&] {
    const explore::Found found = explorer.search(search);
    return static_cast<double>(found.schedules) / found.seconds;
  });
}

/// Seconds for one more of what the last argument counts.
double each(const char* name, std::vector<std::string> arguments, long count) {
  const auto run = [&](long times) {
    std::vector<std::string> all = arguments;
    all.push_back(std::to_string(times));
    explore::Explorer explorer(program(name), all, 1);
    explorer.replay({}, {});
    return median_of([&] { return seconds_of([&] { explorer.replay({}, {}); }); });
  };
  return (run(count) - run(0)) / static_cast<double>(count);
}

/// What the kernel alone can do: forks of this small process, waited for, a second.
double forks(int side_by_side) {
  constexpr int count = 1000;
  const auto work = [] {
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      if (child == 0) ::_exit(0);
      ::waitpid(child, nullptr, 0);
    }
  };
  return median_of([&] {
    const double seconds = seconds_of([&] {
      std::vector<pid_t> workers;
      for (int i = 0; i < side_by_side; ++i) {
        const pid_t worker = ::fork();
        if (worker == 0) {
          work();
          ::_exit(0);
        }
        workers.push_back(worker);
      }
      for (const pid_t worker : workers) ::waitpid(worker, nullptr, 0);
    });
    return side_by_side * count / seconds;
  });
}

void pin(int processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < processors; ++i) CPU_SET(i, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

}  // namespace

int main() {
  utsname machine{};
  ::uname(&machine);
  std::printf("%s %s, %ld processors; medians of %d\n\n", machine.sysname, machine.release,
              ::sysconf(_SC_NPROCESSORS_ONLN), repetitions);
  std::printf("| what | one processor | two |\n| --- | ---: | ---: |\n");
  pin(1);
  const double one = forks(1);
  pin(2);
  std::printf("| for comparison: forks a second | %.0f | %.0f |\n", one, forks(2));
  for (const char* name : {"empty", "ring"}) {
    pin(1);
    const double alone = rate(name, 1);
    pin(2);
    std::printf("| schedules a second, %s | %.0f | %.0f |\n", name, alone, rate(name, 2));
  }
  pin(1);
  std::printf("| hand-over of the token | %.2f us | |\n", 1e6 * each("turns", {}, 3'000) / 2);
  std::printf("| shared plain access | %.1f ns | |\n",
              1e9 * each("accesses", {"shared"}, 5'000'000));
  std::printf("| private plain access | %.1f ns | |\n",
              1e9 * each("accesses", {"private"}, 5'000'000));
  std::printf("| private plain access, with threads | %.1f ns | |\n",
              1e9 * each("accesses", {"threads"}, 5'000'000));
  std::printf("| the control segment | %.1f MiB | |\n", sizeof(interleave::Control) / 1048576.0);
}
