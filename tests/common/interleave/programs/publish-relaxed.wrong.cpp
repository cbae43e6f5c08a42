// A writer fills in the data and raises an atomic flag, relaxed. Misconception: an atomic flag is
// enough. A relaxed store does not say "what I wrote before is there too", so the reader may see
// the flag alone.
// expect: data-race
#include <atomic>
#include <cassert>
#include <thread>

int data = 0;
std::atomic<bool> ready{false};

void publish() {
  data = 42;  // <- here
  ready.store(true, std::memory_order_relaxed);
}

void consume() {
  if (!ready.load(std::memory_order_relaxed)) return;  // not yet: nothing to read
  int seen = data;                                     // <- here
  assert(seen == 42);
}

int main() {
  std::thread writer(publish);
  std::thread reader(consume);
  writer.join();
  reader.join();
}
