// A thread waits in a call that nobody could see coming.
// expect: error: .*system call 34
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

int main() {
  std::thread other([] {
    long result = SYS_pause;
    asm volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
  });
  other.join();
}
