// The last of two owners tears the object down, and who is last is told by a relaxed count.
// Misconception: a counter needs no order. The other owner's last use need not be over for the one
// who tears down.
// expect: data-race
#include <atomic>
#include <thread>

struct Object {
  std::atomic<int> owners{2};
  int uses[2] = {0, 0};
};

void use_and_release(Object& object, int me) {
  object.uses[me] = 1;  // <- here
  if (object.owners.fetch_sub(1, std::memory_order_relaxed) == 1)
    object.uses[0] = object.uses[1] = -1;  // <- here
}

int main() {
  Object object;
  std::thread first(use_and_release, std::ref(object), 0);
  std::thread second(use_and_release, std::ref(object), 1);
  first.join();
  second.join();
}
