// expect: crash
// That a wait may end by its deadline is forgotten.
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <threads.h>
#include <time.h>

static mtx_t mutex;
static cnd_t changed;
static bool ready;

static int notify(void* unused) {
  (void)unused;
  thrd_sleep(&(struct timespec){.tv_sec = 3600}, NULL);
  mtx_lock(&mutex);
  ready = true;
  cnd_broadcast(&changed);
  mtx_unlock(&mutex);
  return 0;
}

int main(void) {
  mtx_init(&mutex, mtx_timed);
  cnd_init(&changed);
  thrd_t other;
  thrd_create(&other, notify, NULL);
  struct timespec deadline;
  timespec_get(&deadline, TIME_UTC);
  deadline.tv_sec += 60;
  mtx_lock(&mutex);
  if (!ready) cnd_timedwait(&changed, &mutex, &deadline);
  assert(ready);  // <- here
  mtx_unlock(&mutex);
  return thrd_join(other, NULL);
}
