// The promise is kept by nobody if the other is too late to see that it should be.
// expect: crash
#include <atomic>
#include <cstdlib>
#include <future>
#include <thread>

int main() {
  std::promise<int> promise;
  std::future<int> answer = promise.get_future();
  std::atomic<bool> wanted{true};
  std::thread other([&] {
    if (wanted) promise.set_value(1);
  });
  wanted = false;
  other.join();
  if (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) abort();  // <- here
}
