// expect: nothing
#include <stddef.h>
#include <threads.h>

static mtx_t a, b;

static int a_first(void* unused) {
  (void)unused;
  mtx_lock(&a);
  mtx_lock(&b);
  mtx_unlock(&b);
  mtx_unlock(&a);
  return 0;
}

static int a_first_again(void* unused) {
  (void)unused;
  if (mtx_trylock(&a) != thrd_success) return 1;
  mtx_lock(&b);
  mtx_unlock(&b);
  mtx_unlock(&a);
  return 0;
}

int main(void) {
  mtx_init(&a, mtx_plain);
  mtx_init(&b, mtx_plain);
  thrd_t one, other;
  thrd_create(&one, a_first, NULL);
  thrd_create(&other, a_first_again, NULL);
  thrd_join(one, NULL);
  thrd_join(other, NULL);
  return 0;
}
