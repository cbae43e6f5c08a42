// A lock-free stack whose top also counts the changes: node A again is not the same top again.
// expect: nothing
#include <atomic>
#include <cassert>
#include <thread>

constexpr int none = -1;
struct alignas(8) Top {  // eight aligned bytes: exchanged in one go, without a hidden lock
  int node;
  unsigned changes;
};
std::atomic<Top> top{Top{0, 0}};
std::atomic<int> below[3] = {1, 2, none};  // node 0 lies on node 1, and that on node 2

int pop() {
  Top seen = top;
  while (seen.node != none &&
         !top.compare_exchange_strong(seen, Top{below[seen.node], seen.changes + 1})) {
  }
  return seen.node;
}

void push(int node) {
  Top seen = top;
  do below[node] = seen.node;
  while (!top.compare_exchange_strong(seen, Top{node, seen.changes + 1}));
}

int main() {
  int kept = none;
  std::thread slow([] { pop(); });
  std::thread quick([&kept] {
    int node = pop();
    kept = pop();
    push(node);
  });
  slow.join();
  quick.join();
  assert(pop() != kept);
}
