// An MCS lock: waiters stand in a list, and each spins on a flag of its own. Here a waiter joins
// the list first and raises its flag afterwards. The owner may have lowered the flag in between: it
// stays raised for ever.
// expect: livelock
// needs: preemptions 2
#include <sched.h>

#include <atomic>
#include <thread>

struct Waiter {
  std::atomic<Waiter*> next{nullptr};
  std::atomic<bool> waits{false};
};
std::atomic<Waiter*> last{nullptr};

void lock(Waiter& me) {
  Waiter* before_me = last.exchange(&me);
  if (before_me == nullptr) return;  // nobody was there: the lock is ours
  before_me->next = &me;
  me.waits = true;
  while (me.waits)  // <- here
    sched_yield();  // <- here
}

void unlock(Waiter& me) {
  Waiter* expected = &me;
  if (last.compare_exchange_strong(expected, nullptr)) return;  // nobody waits
  while (me.next == nullptr) sched_yield();  // somebody is about to join the list
  me.next.load()->waits = false;
}

void pass() {
  Waiter me;
  lock(me);
  unlock(me);
}

int main() {
  std::thread first(pass);
  std::thread second(pass);
  first.join();
  second.join();
}
