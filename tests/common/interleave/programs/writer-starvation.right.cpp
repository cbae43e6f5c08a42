// A reader who finds a writer waiting stands in line behind it.
// expect: nothing
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
  changed.wait(guard, [] { return waiting_writers == 0; });
  ++readers;
  assert(!behind_writer || version == 1);
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
  changed.notify_all();
}

int main() {
  std::thread first(read_version);
  std::thread second(write_version);
  std::thread third(read_version);
  first.join();
  second.join();
  third.join();
}
