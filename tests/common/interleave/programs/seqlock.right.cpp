// A seqlock with its two fences: who saw new data sees the odd version too, so `after` differs from
// `before`.
// expect: nothing
// options: --weak-memory on
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<unsigned> version{0};  // odd while the pair is being written
std::atomic<int> left{0};
std::atomic<int> right{0};

void write_pair() {
  version.store(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);  // the odd version before the data
  left.store(1, std::memory_order_relaxed);
  right.store(1, std::memory_order_relaxed);
  version.store(2, std::memory_order_release);  // the data before the even version
}

void read_pair() {
  unsigned before = version.load(std::memory_order_acquire);
  int seen_left = left.load(std::memory_order_relaxed);
  int seen_right = right.load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);  // the data before the second look
  unsigned after = version.load(std::memory_order_relaxed);
  if (before != after || before % 2 != 0) return;  // a reader in earnest would try again
  assert(seen_left == seen_right);
}

int main() {
  std::thread writer(write_pair);
  std::thread reader(read_pair);
  writer.join();
  reader.join();
}
