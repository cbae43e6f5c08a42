// expect: deadlock
// Two threads take two locks in opposite order.
#include <stddef.h>
#include <threads.h>

static mtx_t a, b;

static int a_first(void* unused) {
  (void)unused;
  mtx_lock(&a);
  mtx_lock(&b);  // <- here
  mtx_unlock(&b);
  mtx_unlock(&a);
  return 0;
}

static int b_first(void* unused) {
  (void)unused;
  mtx_lock(&b);
  mtx_lock(&a);  // <- here
  mtx_unlock(&a);
  mtx_unlock(&b);
  return 0;
}

int main(void) {
  mtx_init(&a, mtx_plain);
  mtx_init(&b, mtx_plain);
  thrd_t one, other;
  thrd_create(&one, a_first, NULL);
  thrd_create(&other, b_first, NULL);
  thrd_join(one, NULL);
  return thrd_join(other, NULL);
}
