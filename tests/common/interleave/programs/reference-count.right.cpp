// Each owner releases what it did, and the last one acquires what the others did.
// expect: nothing
#include <atomic>
#include <cassert>
#include <thread>

struct Object {
  std::atomic<int> owners{2};
  int uses[2] = {0, 0};
};

void use_and_release(Object& object, int me) {
  object.uses[me] = 1;
  if (object.owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
    object.uses[0] = object.uses[1] = -1;
}

int main() {
  Object object;
  std::thread first(use_and_release, std::ref(object), 0);
  std::thread second(use_and_release, std::ref(object), 1);
  first.join();
  second.join();
  assert(object.uses[0] == -1 && object.uses[1] == -1);
}
