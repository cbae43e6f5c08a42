// expect: nothing
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>

static int message;
static atomic_int ready;

static int reader(void* unused) {
  (void)unused;
  while (atomic_load_explicit(&ready, memory_order_acquire) == 0) thrd_yield();
  return message;
}

int main(void) {
  thrd_t other;
  thrd_create(&other, reader, NULL);
  message = 42;
  atomic_store_explicit(&ready, 1, memory_order_release);
  int seen = 0;
  thrd_join(other, &seen);
  return seen == 42 ? 0 : 1;
}
