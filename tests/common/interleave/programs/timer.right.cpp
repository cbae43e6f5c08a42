// What read() returns from the timer is counted.
// expect: nothing
#include <sys/timerfd.h>
#include <unistd.h>

#include <cassert>
#include <chrono>
#include <cstdint>
#include <thread>

int main() {
  int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  itimerspec every_10_ms{{0, 10'000'000}, {0, 10'000'000}};
  timerfd_settime(timer, 0, &every_10_ms, nullptr);
  std::this_thread::sleep_for(std::chrono::milliseconds(35));
  std::uint64_t expirations = 0;
  std::uint64_t ticks = 0;
  if (read(timer, &expirations, sizeof expirations) == sizeof expirations) ticks += expirations;
  assert(ticks >= 3);
}
