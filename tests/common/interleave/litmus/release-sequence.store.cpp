// A plain relaxed store does break the release sequence; since C++20 even that of the same thread.
// allowed: r1=0 r2=0
// allowed: r1=0 r2=1
// allowed: r1=1 r2=1
// allowed: r1=2 r2=1
// allowed by weak memory: r1=2 r2=0
// forbidden: r1=1 r2=0
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1, r2;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    y.store(1, std::memory_order_release);
    y.store(2, std::memory_order_relaxed);
  });
  r1 = y.load(std::memory_order_acquire);
  r2 = x.load(std::memory_order_relaxed);
  first.join();
  std::printf("r1=%d r2=%d\n", r1, r2);
}
