// An acquire load may see an old value. But FUTEX_WAIT reads the word, too, and says that it is
// another one by now: after that no load of it sees the old one, and nobody spins until somebody
// else's timeout goes off.
// expect: nothing
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <new>

using Word = std::atomic<unsigned>;

// Waits until the word is no longer 0. Returns false if a second has passed meanwhile.
bool await(Word& word) {
  const timespec second{1, 0};
  while (word.load(std::memory_order_acquire) == 0) {
    if (syscall(SYS_futex, &word, FUTEX_WAIT, 0, &second, nullptr, 0) < 0 && errno == ETIMEDOUT)
      return false;
  }
  return true;
}

void raise(Word& word) {
  word.store(1, std::memory_order_release);
  syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

int main() {
  auto* words = static_cast<Word*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  new (words) Word(0);
  new (words + 1) Word(0);
  if (fork() == 0) {
    raise(words[0]);
    _exit(0);
  }
  if (fork() == 0) _exit(await(words[1]) ? 0 : 1);
  if (!await(words[0])) return 1;
  raise(words[1]);
  bool all_well = true;
  for (int status = 0; wait(&status) > 0;) all_well = all_well && status == 0;
  return all_well ? 0 : 1;
}
