// What has come together by the time it is read?
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <thread>

int events;

void post() {
  std::uint64_t one = 1;
  write(events, &one, sizeof one);
}

int main() {
  events = eventfd(0, 0);
  std::thread other([] {
    post();
    post();
  });
  std::uint64_t sum = 0;
  read(events, &sum, sizeof sum);
  other.join();
  std::printf("%d\n", static_cast<int>(sum));
}
