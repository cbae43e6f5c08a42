// A thread that has seen the second of two writes overwrites the first. C++ allows that the first
// comes later all the same. The engine leaves that out: there, writes come in the order in which
// they are done.
// allowed: r1=0 x=1
// allowed: r1=0 x=2
// allowed: r1=1 x=1
// allowed, but left out: r1=1 x=2
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1;

int main() {
  std::thread first([] {
    x.store(2, std::memory_order_relaxed);
    y.store(1, std::memory_order_relaxed);
  });
  r1 = y.load(std::memory_order_relaxed);
  x.store(1, std::memory_order_relaxed);
  first.join();
  std::printf("r1=%d x=%d\n", r1, x.load());
}
