// What the second fence has to see is handed on to a third thread by a release and an acquire.
// allowed: r1=0 r2=0 r3=0
// allowed: r1=0 r2=0 r3=1
// allowed: r1=0 r2=1 r3=1
// allowed: r1=1 r2=0 r3=0
// allowed: r1=1 r2=0 r3=1
// allowed: r1=1 r2=1 r3=0
// allowed: r1=1 r2=1 r3=1
// forbidden: r1=0 r2=1 r3=0
// preemptions: 3
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> w{0};
std::atomic<int> x{0};
std::atomic<int> z{0};
int r1, r2, r3;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    r1 = w.load(std::memory_order_relaxed);
  });
  std::thread second([] {
    w.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    z.store(1, std::memory_order_release);
  });
  r2 = z.load(std::memory_order_acquire);
  r3 = x.load(std::memory_order_relaxed);
  first.join();
  second.join();
  std::printf("r1=%d r2=%d r3=%d\n", r1, r2, r3);
}
