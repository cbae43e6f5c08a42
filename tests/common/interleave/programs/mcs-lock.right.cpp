// An MCS lock: a waiter raises its flag before it joins the list, where the owner can find it.
// expect: nothing
#include <sched.h>

#include <atomic>
#include <cassert>
#include <thread>

struct Waiter {
  std::atomic<Waiter*> next{nullptr};
  std::atomic<bool> waits{false};
};
std::atomic<Waiter*> last{nullptr};
int counter = 0;

void lock(Waiter& me) {
  Waiter* before_me = last.exchange(&me);
  if (before_me == nullptr) return;  // nobody was there: the lock is ours
  me.waits = true;
  before_me->next = &me;
  while (me.waits) sched_yield();
}

void unlock(Waiter& me) {
  Waiter* expected = &me;
  if (last.compare_exchange_strong(expected, nullptr)) return;  // nobody waits
  while (me.next == nullptr) sched_yield();  // somebody is about to join the list
  me.next.load()->waits = false;
}

void add() {
  Waiter me;
  lock(me);
  ++counter;
  unlock(me);
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  assert(counter == 2);
}
