// expect: nothing
#include <stdbool.h>
#include <stddef.h>
#include <threads.h>

static mtx_t mutex;
static cnd_t changed;
static bool ready;

static int notify(void* unused) {
  (void)unused;
  mtx_lock(&mutex);
  ready = true;
  mtx_unlock(&mutex);
  cnd_signal(&changed);
  return 0;
}

int main(void) {
  mtx_init(&mutex, mtx_plain);
  cnd_init(&changed);
  thrd_t other;
  thrd_create(&other, notify, NULL);
  mtx_lock(&mutex);
  while (!ready) cnd_wait(&changed, &mutex);
  mtx_unlock(&mutex);
  return thrd_join(other, NULL);
}
