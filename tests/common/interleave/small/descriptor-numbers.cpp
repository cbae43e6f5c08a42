// Which number does each descriptor get?
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

int numbers[2];

int main() {
  std::thread other([] { numbers[1] = open("/dev/null", O_RDONLY); });
  numbers[0] = open("/dev/null", O_RDONLY);
  other.join();
  std::printf("%d\n", numbers[0] < numbers[1]);
}
