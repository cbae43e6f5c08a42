// The wait is given the stop token: a request to stop ends it, and it says whether there is work.
// expect: nothing
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable_any changed;
bool has_work = false;

int main() {
  std::jthread worker([](std::stop_token stop) {
    std::unique_lock guard(lock);
    changed.wait(guard, stop, [] { return has_work; });
  });
}
