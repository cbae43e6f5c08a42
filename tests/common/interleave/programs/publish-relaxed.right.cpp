// release: all that I wrote before this store is to be seen by whoever acquires its value.
// expect: nothing
#include <atomic>
#include <cassert>
#include <thread>

int data = 0;
std::atomic<bool> ready{false};

void publish() {
  data = 42;
  ready.store(true, std::memory_order_release);
}

void consume() {
  if (!ready.load(std::memory_order_acquire)) return;  // not yet: nothing to read
  int seen = data;
  assert(seen == 42);
}

int main() {
  std::thread writer(publish);
  std::thread reader(consume);
  writer.join();
  reader.join();
}
