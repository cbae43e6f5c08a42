// A room for one, with a sign at the door: "free" or "taken". Who finds it taken goes away.
//
// Nobody may find somebody else inside.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

struct Room {
  std::atomic<bool> taken{false};
  std::atomic<int> inside{0};
};

// What left and right both do. @returns how many others were inside
int visit(Room& room) {
  if (room.taken.load()) return 0;
  room.taken.store(true);
  const int others = room.inside.fetch_add(1);
  room.inside.fetch_sub(1);
  room.taken.store(false);
  return others;
}

int main() {
  void* memory =
      mmap(nullptr, sizeof(Room), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& room = *new (memory) Room;
  for (int visitor = 0; visitor < 2; ++visitor) {  // first left, then right
    if (fork() == 0) _exit(visit(room));
  }
  bool crowded = false;
  for (int status = 0; wait(&status) > 0;) crowded = crowded || status != 0;
  return crowded ? 1 : 0;
}
