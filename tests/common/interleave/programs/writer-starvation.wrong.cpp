// A readers-writer lock lets readers in as long as nobody writes. Misconception: the writer's turn
// will come. A reader who arrives after the writer overtakes it, and if they keep coming it never
// gets in.
// expect: crash
// needs: preemptions 1
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable changed;
int readers = 0;
int waiting_writers = 0;
int version = 0;

void read_version() {
  std::unique_lock guard(lock);
  bool behind_writer = waiting_writers > 0;
  ++readers;
  assert(!behind_writer || version == 1);  // <- here
  guard.unlock();
  // Here a reader in earnest would read, at the same time as other readers.
  guard.lock();
  --readers;
  changed.notify_all();
}

void write_version() {
  std::unique_lock guard(lock);
  ++waiting_writers;
  changed.wait(guard, [] { return readers == 0; });
  --waiting_writers;
  version = 1;
}

int main() {
  std::thread first(read_version);
  std::thread second(write_version);
  std::thread third(read_version);
  first.join();
  second.join();
  third.join();
}
