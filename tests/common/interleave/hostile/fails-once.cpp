// Goes wrong in its first run, and in no other: that is not a matter of its schedule.
// expect: error: .*did not when the same was run again
// schedules: 3
#include <stdlib.h>
#include <sys/mman.h>

int* runs;

// Before the first run: what lies here is the same in all of them.
[[gnu::constructor(101)]] void begin() {
  runs = static_cast<int*>(
      mmap(nullptr, sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

int main() {
  if (++*runs == 1) abort();
}
