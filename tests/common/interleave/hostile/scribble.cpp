// Writes over the memory in which the engine keeps its books. Its arguments say with what: a byte
// or "random"; where, from and to, in thousandths; and "seen" for by a call that is watched.
// expect: error: .*keeps its books
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

std::mutex mutex;

int main(int count, char** arguments) {
  std::thread other([] { std::lock_guard hold(mutex); });
  std::uint64_t begin = 0, end = 0;
  std::FILE* maps = std::fopen("/proc/self/maps", "r");
  for (char line[512]; std::fgets(line, sizeof line, maps) != nullptr;) {
    if (std::strstr(line, "memfd:interleave") == nullptr) continue;
    if (std::sscanf(line, "%lx-%lx", &begin, &end) == 2) break;
  }
  std::fclose(maps);
  if (begin == 0) return 1;
  std::string with = count > 1 ? arguments[1] : "255";
  std::uint64_t size = end - begin;
  std::uint64_t from = count > 2 ? size * std::strtoul(arguments[2], nullptr, 10) / 1000 : 0;
  std::uint64_t to = count > 3 ? size * std::strtoul(arguments[3], nullptr, 10) / 1000 : size;
  auto* at = reinterpret_cast<unsigned char*>(begin + from);
  std::uint64_t length = to - from;
  if (count > 4) {
    std::memset(at, std::stoi(with), length);
  } else if (with == "random") {
    int random = open("/dev/urandom", O_RDONLY);
    for (std::uint64_t done = 0; done < length;) {
      // Past the engine, which would have to go on in the midst of this.
      long result = 0;
      asm volatile("syscall"
                   : "=a"(result)
                   : "a"(0L), "D"(static_cast<long>(random)), "S"(at + done), "d"(length - done)
                   : "rcx", "r11", "memory");
      if (result <= 0) break;
      done += static_cast<std::uint64_t>(result);
    }
  } else {
    asm volatile("rep stosb" : "+D"(at), "+c"(length) : "a"(std::stoi(with)) : "memory");
  }
  mutex.lock();
  mutex.unlock();
  other.join();
}
