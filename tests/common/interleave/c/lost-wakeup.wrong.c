// expect: deadlock
// Whether it has to wait is looked up without the mutex: the signal may come before the wait.
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <threads.h>

static mtx_t mutex;
static cnd_t changed;
static atomic_bool ready;

static int notify(void* unused) {
  (void)unused;
  ready = true;
  cnd_signal(&changed);
  return 0;
}

int main(void) {
  mtx_init(&mutex, mtx_plain);
  cnd_init(&changed);
  thrd_t other;
  thrd_create(&other, notify, NULL);
  if (!ready) {
    mtx_lock(&mutex);
    cnd_wait(&changed, &mutex);  // <- here
    mtx_unlock(&mutex);
  }
  return thrd_join(other, NULL);
}
