// expect: nothing
#include <atomic>
#include <cassert>
#include <thread>

namespace {

struct Position {
  long x, y, z;  // larger than a word: the compiler leaves it to libatomic
};
std::atomic<Position> position;

void move() {
  Position now = position.load();
  while (!position.compare_exchange_weak(now, {now.x + 1, now.y + 1, now.z + 1})) {
  }
}

}  // namespace

int main() {
  std::thread other(move);
  move();
  other.join();
  const Position now = position.exchange({});
  assert(now.x == 2 && now.y == 2 && now.z == 2);
}
