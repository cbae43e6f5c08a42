// A ring between two processes; the consumer gives a slot back by a relaxed store of the head. The
// producer may overwrite the slot while it is still being read. Misconception: reading needs no
// release.
// expect: data-race
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

constexpr unsigned capacity = 1;  // the smallest ring that gets full and empty
struct Ring {
  std::atomic<unsigned> head;  // taken so far; written by the consumer alone
  std::atomic<unsigned> tail;  // put in so far; written by the producer alone
  int slot[capacity];
};

void push(Ring* ring, int value) {
  unsigned tail = ring->tail.load(std::memory_order_relaxed);
  while (tail - ring->head.load(std::memory_order_acquire) == capacity) sched_yield();
  ring->slot[tail % capacity] = value;  // <- here
  ring->tail.store(tail + 1, std::memory_order_release);
}

int pop(Ring* ring) {
  unsigned head = ring->head.load(std::memory_order_relaxed);
  while (head == ring->tail.load(std::memory_order_acquire)) sched_yield();
  int value = ring->slot[head % capacity];  // <- here
  ring->head.store(head + 1, std::memory_order_relaxed);
  return value;
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* ring = new (page) Ring{};
  pid_t producer = fork();
  if (producer == 0) {
    for (int value = 1; value <= 2; ++value) push(ring, value);
    _exit(0);
  }
  for (int expected = 1; expected <= 2; ++expected) pop(ring);
  waitpid(producer, nullptr, 0);
}
