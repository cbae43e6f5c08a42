// The writer puts a release fence between the data and the flag. Misconception: a fence on one side
// is enough. It takes effect only together with an acquire fence (or an acquire load) on the other
// side.
// expect: data-race
#include <atomic>
#include <cassert>
#include <thread>

int data = 0;
std::atomic<bool> ready{false};

void publish() {
  data = 42;  // <- here
  std::atomic_thread_fence(std::memory_order_release);
  ready.store(true, std::memory_order_relaxed);
}

void consume() {
  if (!ready.load(std::memory_order_relaxed)) return;
  int seen = data;  // <- here
  assert(seen == 42);
}

int main() {
  std::thread writer(publish);
  std::thread reader(consume);
  writer.join();
  reader.join();
}
