#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>

#include <csignal>
#include <ctime>

/// libc's own functions, which the hooks have taken the names of.
namespace interleave::real {

template <class F>
class Function;

/// Found when it is called for the first time.
template <class R, class... A>
class Function<R(A...)> {
 public:
  explicit constexpr Function(const char* name) : name_(name) {}
  R operator()(A... a) {
    if (function_ == nullptr) find();
    return function_(a...);
  }
  void find() { function_ = reinterpret_cast<R (*)(A...)>(::dlsym(RTLD_NEXT, name_)); }

 private:
  const char* name_;
  R (*function_)(A...) = nullptr;
};

#define REAL(result, name, ...) \
  inline constinit Function<result(__VA_ARGS__)> name { #name }
REAL(int, sigaction, int, const struct sigaction*, struct sigaction*);
REAL(int, pthread_create, pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
REAL(int, pthread_join, pthread_t, void**);
REAL(int, pthread_detach, pthread_t);
REAL(int, thrd_create, thrd_t*, thrd_start_t, void*);
REAL(int, thrd_join, thrd_t, int*);
REAL(pid_t, fork);
REAL(pid_t, wait4, pid_t, int*, int, struct rusage*);
REAL(int, waitid, idtype_t, id_t, siginfo_t*, int);
REAL(int, pthread_mutex_init, pthread_mutex_t*, const pthread_mutexattr_t*);
REAL(int, pthread_mutex_lock, pthread_mutex_t*);
REAL(int, pthread_mutex_trylock, pthread_mutex_t*);
REAL(int, pthread_mutex_timedlock, pthread_mutex_t*, const timespec*);
REAL(int, pthread_mutex_clocklock, pthread_mutex_t*, clockid_t, const timespec*);
REAL(int, pthread_mutex_unlock, pthread_mutex_t*);
REAL(int, pthread_mutex_consistent, pthread_mutex_t*);
REAL(int, pthread_cond_init, pthread_cond_t*, const pthread_condattr_t*);
REAL(int, pthread_cond_wait, pthread_cond_t*, pthread_mutex_t*);
REAL(int, pthread_cond_timedwait, pthread_cond_t*, pthread_mutex_t*, const timespec*);
REAL(int, pthread_cond_clockwait, pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*);
REAL(int, pthread_cond_signal, pthread_cond_t*);
REAL(int, pthread_cond_broadcast, pthread_cond_t*);
REAL(int, pthread_rwlock_rdlock, pthread_rwlock_t*);
REAL(int, pthread_rwlock_wrlock, pthread_rwlock_t*);
REAL(int, pthread_rwlock_tryrdlock, pthread_rwlock_t*);
REAL(int, pthread_rwlock_trywrlock, pthread_rwlock_t*);
REAL(int, pthread_rwlock_unlock, pthread_rwlock_t*);
REAL(int, pthread_barrier_init, pthread_barrier_t*, const pthread_barrierattr_t*, unsigned);
REAL(int, pthread_barrier_wait, pthread_barrier_t*);
REAL(int, pthread_spin_lock, pthread_spinlock_t*);
REAL(int, pthread_spin_trylock, pthread_spinlock_t*);
REAL(int, pthread_spin_unlock, pthread_spinlock_t*);
REAL(int, pthread_once, pthread_once_t*, void (*)());
REAL(int, pthread_sigmask, int, const sigset_t*, sigset_t*);
REAL(int, pthread_kill, pthread_t, int);
REAL(int, sem_wait, sem_t*);
REAL(int, sem_trywait, sem_t*);
REAL(int, sem_timedwait, sem_t*, const timespec*);
REAL(int, sem_clockwait, sem_t*, clockid_t, const timespec*);
REAL(int, sem_post, sem_t*);
REAL(int, sem_unlink, const char*);
REAL(sem_t*, sem_open, const char*, int, mode_t, unsigned);
REAL(int, mq_send, mqd_t, const char*, size_t, unsigned);
REAL(int, mq_timedsend, mqd_t, const char*, size_t, unsigned, const timespec*);
REAL(ssize_t, mq_receive, mqd_t, char*, size_t, unsigned*);
REAL(ssize_t, mq_timedreceive, mqd_t, char*, size_t, unsigned*, const timespec*);
REAL(int, mq_getattr, mqd_t, mq_attr*);
REAL(int, mq_unlink, const char*);
REAL(int, msgget, key_t, int);
REAL(int, msgsnd, int, const void*, size_t, int);
REAL(ssize_t, msgrcv, int, void*, size_t, long, int);
REAL(int, semget, key_t, int, int);
REAL(int, semtimedop, int, struct sembuf*, size_t, const timespec*);
REAL(int, shmget, key_t, size_t, int);
REAL(void*, shmat, int, const void*, int);
REAL(int, shmdt, const void*);
REAL(int, shm_unlink, const char*);
REAL(void*, mmap, void*, size_t, int, int, int, off_t);
REAL(int, munmap, void*, size_t);
REAL(ssize_t, read, int, void*, size_t);
REAL(ssize_t, write, int, const void*, size_t);
REAL(ssize_t, readv, int, const iovec*, int);
REAL(ssize_t, writev, int, const iovec*, int);
REAL(int, close, int);
REAL(int, dup2, int, int);
REAL(int, dup3, int, int, int);
REAL(int, mkfifo, const char*, mode_t);
REAL(int, connect, int, const sockaddr*, socklen_t);
REAL(int, accept4, int, sockaddr*, socklen_t*, int);
REAL(int, bind, int, const sockaddr*, socklen_t);
REAL(int, socketpair, int, int, int, int*);
REAL(int, shutdown, int, int);
REAL(ssize_t, send, int, const void*, size_t, int);
REAL(ssize_t, sendto, int, const void*, size_t, int, const sockaddr*, socklen_t);
REAL(ssize_t, sendmsg, int, const msghdr*, int);
REAL(ssize_t, recv, int, void*, size_t, int);
REAL(ssize_t, recvfrom, int, void*, size_t, int, sockaddr*, socklen_t*);
REAL(ssize_t, recvmsg, int, msghdr*, int);
REAL(int, poll, pollfd*, nfds_t, int);
REAL(int, select, int, fd_set*, fd_set*, fd_set*, timeval*);
REAL(int, epoll_wait, int, epoll_event*, int, int);
REAL(int, epoll_ctl, int, int, int, epoll_event*);
REAL(int, eventfd, unsigned, int);
REAL(int, flock, int, int);
REAL(int, clock_gettime, clockid_t, timespec*);
REAL(int, nanosleep, const timespec*, timespec*);
REAL(int, clock_nanosleep, clockid_t, int, const timespec*, timespec*);
REAL(int, kill, pid_t, int);
REAL(int, signalfd, int, const sigset_t*, int);
REAL(int, timerfd_create, int, int);
REAL(int, timerfd_settime, int, int, const itimerspec*, itimerspec*);
REAL(int, timerfd_gettime, int, itimerspec*);
REAL(int, setitimer, __itimer_which_t, const struct itimerval*, struct itimerval*);
REAL(int, timer_create, clockid_t, struct sigevent*, timer_t*);
REAL(int, timer_settime, timer_t, int, const itimerspec*, itimerspec*);
REAL(int, timer_delete, timer_t);
REAL(int, sigsuspend, const sigset_t*);
REAL(int, sigtimedwait, const sigset_t*, siginfo_t*, const timespec*);
REAL(int, execve, const char*, char* const*, char* const*);
REAL(void*, memcpy, void*, const void*, size_t);
#undef REAL

/// Finds all of them: once, before the runs are forked.
inline void find_all() {
  sigaction.find();
  pthread_create.find();
  pthread_join.find();
  pthread_detach.find();
  thrd_create.find();
  thrd_join.find();
  fork.find();
  wait4.find();
  waitid.find();
  pthread_mutex_init.find();
  pthread_mutex_lock.find();
  pthread_mutex_trylock.find();
  pthread_mutex_timedlock.find();
  pthread_mutex_clocklock.find();
  pthread_mutex_unlock.find();
  pthread_mutex_consistent.find();
  pthread_cond_init.find();
  pthread_cond_wait.find();
  pthread_cond_timedwait.find();
  pthread_cond_clockwait.find();
  pthread_cond_signal.find();
  pthread_cond_broadcast.find();
  pthread_rwlock_rdlock.find();
  pthread_rwlock_wrlock.find();
  pthread_rwlock_tryrdlock.find();
  pthread_rwlock_trywrlock.find();
  pthread_rwlock_unlock.find();
  pthread_barrier_init.find();
  pthread_barrier_wait.find();
  pthread_spin_lock.find();
  pthread_spin_trylock.find();
  pthread_spin_unlock.find();
  pthread_once.find();
  pthread_sigmask.find();
  pthread_kill.find();
  sem_wait.find();
  sem_trywait.find();
  sem_timedwait.find();
  sem_clockwait.find();
  sem_post.find();
  sem_unlink.find();
  sem_open.find();
  mq_send.find();
  mq_timedsend.find();
  mq_receive.find();
  mq_timedreceive.find();
  mq_getattr.find();
  mq_unlink.find();
  msgget.find();
  msgsnd.find();
  msgrcv.find();
  semget.find();
  semtimedop.find();
  shmget.find();
  shmat.find();
  shmdt.find();
  shm_unlink.find();
  mmap.find();
  munmap.find();
  read.find();
  write.find();
  readv.find();
  writev.find();
  close.find();
  dup2.find();
  dup3.find();
  mkfifo.find();
  connect.find();
  accept4.find();
  bind.find();
  socketpair.find();
  shutdown.find();
  send.find();
  sendto.find();
  sendmsg.find();
  recv.find();
  recvfrom.find();
  recvmsg.find();
  poll.find();
  select.find();
  epoll_wait.find();
  epoll_ctl.find();
  eventfd.find();
  flock.find();
  clock_gettime.find();
  nanosleep.find();
  clock_nanosleep.find();
  kill.find();
  signalfd.find();
  timerfd_create.find();
  timerfd_settime.find();
  timerfd_gettime.find();
  setitimer.find();
  timer_create.find();
  timer_settime.find();
  timer_delete.find();
  sigsuspend.find();
  sigtimedwait.find();
  execve.find();
  memcpy.find();
}

}  // namespace interleave::real
