// A pointer with a version, replaced in one; and announced by a relaxed store. Misconception: what
// is atomic is published.
// expect: data-race
#include <atomic>
#include <thread>

namespace {

struct Versioned {
  int* value;
  unsigned long version;
};
int number;
std::atomic<Versioned> newest{Versioned{nullptr, 0}};

}  // namespace

int main() {
  std::thread reader([] {
    const Versioned seen = newest.load(std::memory_order_acquire);
    if (seen.version == 1 && *seen.value != 42) __builtin_abort();  // <- here
  });
  number = 42;  // <- here
  newest.store({&number, 1}, std::memory_order_relaxed);
  reader.join();
}
