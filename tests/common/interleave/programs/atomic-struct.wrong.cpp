// Reads and writes of the whole are atomic, and what lies between them is not. Misconception: with
// std::atomic an update cannot be lost.
// expect: crash
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
  now = {now.x + 1, now.y + 1, now.z + 1};
  position.store(now);
}

}  // namespace

int main() {
  std::thread other(move);
  move();
  other.join();
  const Position now = position.exchange({});
  assert(now.x == 2 && now.y == 2 && now.z == 2);  // <- here
}
