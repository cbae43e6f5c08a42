// Two threads write two variables in opposite orders. C++ allows that the first write of each is
// the one that stays. The engine leaves that out: there, writes come in the order in which they are
// done.
// allowed: x=1 y=2
// allowed: x=2 y=1
// allowed: x=2 y=2
// allowed, but left out: x=1 y=1
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    y.store(2, std::memory_order_relaxed);
  });
  y.store(1, std::memory_order_relaxed);
  x.store(2, std::memory_order_relaxed);
  first.join();
  std::printf("x=%d y=%d\n", x.load(), y.load());
}
