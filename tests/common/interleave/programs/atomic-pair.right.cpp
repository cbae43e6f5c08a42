// expect: nothing
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
    if (seen.version == 1 && *seen.value != 42) __builtin_abort();
  });
  number = 42;
  newest.store({&number, 1}, std::memory_order_release);
  reader.join();
}
