// A thread ends past the engine and past libc.
// expect: error: .*is gone
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

int main() {
  std::thread other([] { syscall(SYS_exit, 0); });
  other.join();
}
