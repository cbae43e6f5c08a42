// A jthread waits for work that does not come. Its destructor asks it to stop and joins.
// Misconception: the request wakes the thread. It wakes only a wait that was given the stop token.
// expect: deadlock
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable_any changed;
bool has_work = false;

int main() {
  std::jthread worker([](std::stop_token) {
    std::unique_lock guard(lock);
    changed.wait(guard, [] { return has_work; });  // <- here
  });
}
