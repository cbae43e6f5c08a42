// Two desks of one office hand out numbers to those who wait. No two people may get the same.
//
// No two lines of this race in the language's sense, for everything that is shared is atomic. It is
// wrong all the same.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>
#include <new>

struct Office {
  std::atomic<int> next{1};
  std::atomic<int> on_the_left{0}, on_the_right{0};
};

// What both of them do. @param handed_out  where this desk notes the number
void serve(Office& office, std::atomic<int>& handed_out) {
  const int number = office.next.load();
  office.next.store(number + 1);
  handed_out.store(number);
}

void left(Office& office) { serve(office, office.on_the_left); }

void right(Office& office) { serve(office, office.on_the_right); }

int main() {
  void* memory =
      mmap(nullptr, sizeof(Office), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& office = *new (memory) Office;
  for (const auto desk : {left, right}) {
    if (fork() == 0) {
      desk(office);
      _exit(0);
    }
  }
  while (wait(nullptr) > 0) {
  }
  return office.on_the_left == office.on_the_right ? 1 : 0;
}
