// A lock-free stack whose nodes are reused. pop() sees node A on top and B below; meanwhile another
// thread pops A and B and pushes A again. The exchange finds A on top, as before, and puts B there,
// which is in use (ABA).
// expect: crash
// needs: preemptions 1
#include <atomic>
#include <cassert>
#include <thread>

constexpr int none = -1;
std::atomic<int> top{0};
std::atomic<int> below[3] = {1, 2, none};  // node 0 lies on node 1, and that on node 2

int pop() {
  int node = top;
  while (node != none && !top.compare_exchange_strong(node, below[node])) {
  }
  return node;
}

void push(int node) {
  int old_top = top;
  do below[node] = old_top;
  while (!top.compare_exchange_strong(old_top, node));
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
  assert(pop() != kept);  // <- here
}
