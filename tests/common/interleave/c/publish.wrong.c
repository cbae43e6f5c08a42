// expect: data-race
// What a relaxed store announces is not seen by who reads the announcement.
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>

static int message;
static atomic_int ready;

static int reader(void* unused) {
  (void)unused;
  while (atomic_load_explicit(&ready, memory_order_acquire) == 0) thrd_yield();
  return message;  // <- here
}

int main(void) {
  thrd_t other;
  thrd_create(&other, reader, NULL);
  message = 42;  // <- here
  atomic_store_explicit(&ready, 1, memory_order_relaxed);
  int seen = 0;
  thrd_join(other, &seen);
  return seen == 42 ? 0 : 1;
}
