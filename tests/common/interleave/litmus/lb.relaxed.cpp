// Load buffering: each thread reads one variable and then writes the other. C++ allows that both
// reads see the later writes. The engine leaves that out: it runs each thread in its own order, and
// nobody can read what has not been written yet.
// allowed: r1=0 r2=0
// allowed: r1=0 r2=1
// allowed: r1=1 r2=0
// allowed, but left out: r1=1 r2=1
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1, r2;

int main() {
  std::thread first([] {
    r1 = x.load(std::memory_order_relaxed);
    y.store(1, std::memory_order_relaxed);
  });
  r2 = y.load(std::memory_order_relaxed);
  x.store(1, std::memory_order_relaxed);
  first.join();
  std::printf("r1=%d r2=%d\n", r1, r2);
}
