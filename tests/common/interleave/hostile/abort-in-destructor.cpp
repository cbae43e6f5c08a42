// Ends itself in a destructor, after main.
// expect: crash: .*SIGABRT
// schedules: 5
#include <cstdlib>
#include <thread>

struct Ender {
  ~Ender() { std::abort(); }
};
Ender ender;

int main() {
  std::thread other([] {});
  other.join();
}
