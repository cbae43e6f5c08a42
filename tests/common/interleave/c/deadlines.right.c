// expect: nothing
// Each function of <threads.h> that knows a deadline, or is called once, does what C17 says.
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <threads.h>
#include <time.h>

static mtx_t mutex, timed;
static cnd_t changed;
static once_flag once = ONCE_FLAG_INIT;
static bool ready;
static int calls;

static void call(void) { ++calls; }

static int notify(void* unused) {
  (void)unused;
  call_once(&once, call);
  thrd_sleep(&(struct timespec){.tv_sec = 3600}, NULL);
  mtx_lock(&mutex);
  ready = true;
  cnd_broadcast(&changed);
  mtx_unlock(&mutex);
  thrd_exit(7);
}

static int takes_in_vain(void* unused) {
  (void)unused;
  struct timespec deadline;
  timespec_get(&deadline, TIME_UTC);
  deadline.tv_sec += 60;
  assert(mtx_timedlock(&timed, &deadline) == thrd_timedout);
  assert(mtx_trylock(&timed) == thrd_busy);
  return -1;
}

int main(void) {
  mtx_init(&mutex, mtx_plain);
  mtx_init(&timed, mtx_timed);
  cnd_init(&changed);
  mtx_lock(&timed);
  thrd_t one, other;
  thrd_create(&one, notify, NULL);
  thrd_create(&other, takes_in_vain, NULL);
  call_once(&once, call);
  assert(calls == 1);
  int result = 0;
  assert(thrd_join(other, &result) == thrd_success && result == -1);
  mtx_unlock(&timed);
  struct timespec deadline;
  timespec_get(&deadline, TIME_UTC);
  deadline.tv_sec += 60;
  mtx_lock(&mutex);
  while (!ready) {
    const int woken = cnd_timedwait(&changed, &mutex, &deadline);
    if (woken == thrd_timedout) deadline.tv_sec += 60;
  }
  mtx_unlock(&mutex);
  assert(thrd_join(one, &result) == thrd_success && result == 7);
  return 0;
}
