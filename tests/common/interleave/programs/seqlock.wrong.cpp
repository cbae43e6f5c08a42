// A seqlock whose data are relaxed atomics, without fences. Misconception: the version number is
// atomic, so it keeps the data between its two reads. Relaxed loads may see a half-written pair
// between two even versions.
// expect: crash
// options: --weak-memory on
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<unsigned> version{0};  // odd while the pair is being written
std::atomic<int> left{0};
std::atomic<int> right{0};

void write_pair() {
  version.store(1, std::memory_order_relaxed);
  left.store(1, std::memory_order_relaxed);
  right.store(1, std::memory_order_relaxed);
  version.store(2, std::memory_order_release);
}

void read_pair() {
  unsigned before = version.load(std::memory_order_acquire);
  int seen_left = left.load(std::memory_order_relaxed);
  int seen_right = right.load(std::memory_order_relaxed);
  unsigned after = version.load(std::memory_order_relaxed);
  if (before != after || before % 2 != 0) return;  // a reader in earnest would try again
  assert(seen_left == seen_right);                 // <- here
}

int main() {
  std::thread writer(write_pair);
  std::thread reader(read_pair);
  writer.join();
  reader.join();
}
