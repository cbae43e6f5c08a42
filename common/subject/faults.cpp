/// The calls of libc that a submission makes arrive here first, because the executable's symbols
/// win over a library's. A call that meets a rule of the fault plan fails, or is cut short; any
/// other goes on to libc (or to the sanitizer's own wrapper, which looks at its buffers).
///
/// A short count is no lie: the shortened call is really made, so that the kernel's own semantics
/// stay, and a program that copes with it moves the same bytes.

#include "common/subject/faults.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <ctime>

namespace subject {
namespace {

FaultPage* armed_page = nullptr;
pid_t armed_process = 0;

FaultPage* page_of_this_process() {
  return armed_page != nullptr && ::getpid() == armed_process ? armed_page : nullptr;
}

/// What a call is to do: fail with `error`, or move at most `most` bytes.
struct Verdict {
  int error = 0;
  std::size_t most = SIZE_MAX;
};

Verdict meet(Call family) {
  Verdict verdict;
  FaultPage* page = page_of_this_process();
  if (page == nullptr) return verdict;
  for (std::uint32_t i = 0; i < page->rule_count; ++i) {
    const FaultRule& rule = page->rules[i];
    if ((rule.calls & family) == 0) continue;
    const std::uint32_t call = page->calls[i].fetch_add(1) + 1;
    if (call < rule.first || call - rule.first >= rule.count) continue;
    page->met[i].fetch_add(1);
    if (rule.error != 0) {
      verdict.error = rule.error;
    } else {
      verdict.most = std::min<std::size_t>(verdict.most, rule.most);
    }
  }
  return verdict;
}

/// The next definition of a function behind this executable's own.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// The front of a scatter-gather list that holds at most `most` bytes.
class ShortList {
 public:
  ShortList(const iovec* parts, int count, std::size_t most) {
    for (int i = 0; i < count && i < static_cast<int>(parts_.size()) && most > 0; ++i) {
      parts_[static_cast<std::size_t>(i)] = {parts[i].iov_base, std::min(parts[i].iov_len, most)};
      most -= std::min(parts[i].iov_len, most);
      ++count_;
    }
  }
  [[nodiscard]] const iovec* data() const { return parts_.data(); }
  [[nodiscard]] int size() const { return count_; }

 private:
  std::array<iovec, 64> parts_{};
  int count_ = 0;
};

template <class Call_>
auto unless_it_fails(Call family, Call_&& call) -> decltype(call(std::size_t{})) {
  const Verdict verdict = meet(family);
  if (verdict.error != 0) {
    errno = verdict.error;
    return -1;
  }
  return call(verdict.most);
}

}  // namespace

void arm_faults(FaultPage* page) {
  armed_process = ::getpid();
  armed_page = page;
}

void disarm_faults() { armed_page = nullptr; }

}  // namespace subject

using subject::unless_it_fails;

// glibc declares some of these with attributes (nonnull, noexcept) that a definition must repeat or
// may not contradict; the linker goes by the name alone.
extern "C" {

ssize_t read(int fd, void* buffer, size_t size) {
  static auto* real = subject::next<decltype(read)>("read");
  return unless_it_fails(subject::call_read,
                         [&](size_t most) { return real(fd, buffer, std::min(size, most)); });
}

ssize_t readv(int fd, const iovec* parts, int count) {
  static auto* real = subject::next<decltype(readv)>("readv");
  return unless_it_fails(subject::call_read, [&](size_t most) {
    if (most == SIZE_MAX) return real(fd, parts, count);
    const subject::ShortList list(parts, count, most);
    return real(fd, list.data(), list.size());
  });
}

ssize_t write(int fd, const void* buffer, size_t size) {
  static auto* real = subject::next<decltype(write)>("write");
  return unless_it_fails(subject::call_write,
                         [&](size_t most) { return real(fd, buffer, std::min(size, most)); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static auto* real = subject::next<decltype(writev)>("writev");
  return unless_it_fails(subject::call_write, [&](size_t most) {
    if (most == SIZE_MAX) return real(fd, parts, count);
    const subject::ShortList list(parts, count, most);
    return real(fd, list.data(), list.size());
  });
}

ssize_t vmsplice(int fd, const iovec* parts, size_t count, unsigned flags) {
  static auto* real = subject::next<decltype(vmsplice)>("vmsplice");
  return unless_it_fails(subject::call_write, [&](size_t most) {
    if (most == SIZE_MAX) return real(fd, parts, count, flags);
    const subject::ShortList list(parts, static_cast<int>(count), most);
    return real(fd, list.data(), static_cast<size_t>(list.size()), flags);
  });
}

ssize_t splice(int in, off64_t* in_offset, int out, off64_t* out_offset, size_t size,
               unsigned flags) {
  static auto* real = subject::next<decltype(splice)>("splice");
  return unless_it_fails(subject::call_read, [&](size_t most) {
    return real(in, in_offset, out, out_offset, std::min(size, most), flags);
  });
}

ssize_t sendfile(int out, int in, off_t* offset, size_t size) noexcept {
  static auto* real = subject::next<ssize_t(int, int, off_t*, size_t)>("sendfile");
  return unless_it_fails(subject::call_write,
                         [&](size_t most) { return real(out, in, offset, std::min(size, most)); });
}

int open(const char* path, int flags, ...) {
  static auto* real = subject::next<int(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return unless_it_fails(subject::call_open, [&](size_t) { return real(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return open(path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
  static auto* real = subject::next<int(int, const char*, int, ...)>("openat");
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return unless_it_fails(subject::call_open,
                         [&](size_t) { return real(directory, path, flags, mode); });
}

int pipe(int ends[2]) noexcept {
  static auto* real = subject::next<int(int*)>("pipe");
  return unless_it_fails(subject::call_pipe, [&](size_t) { return real(ends); });
}

int pipe2(int ends[2], int flags) noexcept {
  static auto* real = subject::next<int(int*, int)>("pipe2");
  return unless_it_fails(subject::call_pipe, [&](size_t) { return real(ends, flags); });
}

int dup(int fd) noexcept {
  static auto* real = subject::next<int(int)>("dup");
  return unless_it_fails(subject::call_pipe, [&](size_t) { return real(fd); });
}

pid_t fork() noexcept {
  static auto* real = subject::next<pid_t()>("fork");
  return unless_it_fails(subject::call_fork, [&](size_t) { return real(); });
}

// POSIX allows vfork to be fork, and a function that returns twice on one stack cannot be wrapped.
pid_t vfork() noexcept { return fork(); }

int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const arguments[],
                char* const environment[]) {
  static auto* real = subject::next<decltype(posix_spawn)>("posix_spawn");
  const subject::Verdict verdict = subject::meet(subject::call_fork);
  if (verdict.error != 0) return verdict.error;
  return real(pid, path, actions, attributes, arguments, environment);
}

int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const arguments[],
                 char* const environment[]) {
  static auto* real = subject::next<decltype(posix_spawnp)>("posix_spawnp");
  const subject::Verdict verdict = subject::meet(subject::call_fork);
  if (verdict.error != 0) return verdict.error;
  return real(pid, file, actions, attributes, arguments, environment);
}

pid_t wait(int* status) {
  static auto* real = subject::next<pid_t(int*)>("wait");
  return unless_it_fails(subject::call_wait, [&](size_t) { return real(status); });
}

pid_t waitpid(pid_t pid, int* status, int options) {
  static auto* real = subject::next<pid_t(pid_t, int*, int)>("waitpid");
  return unless_it_fails(subject::call_wait, [&](size_t) { return real(pid, status, options); });
}

pid_t wait4(pid_t pid, int* status, int options, rusage* usage) noexcept {
  static auto* real = subject::next<pid_t(pid_t, int*, int, rusage*)>("wait4");
  return unless_it_fails(subject::call_wait,
                         [&](size_t) { return real(pid, status, options, usage); });
}

int waitid(idtype_t type, id_t id, siginfo_t* information, int options) {
  static auto* real = subject::next<int(idtype_t, id_t, siginfo_t*, int)>("waitid");
  return unless_it_fails(subject::call_wait,
                         [&](size_t) { return real(type, id, information, options); });
}

int poll(pollfd* fds, nfds_t count, int timeout) {
  static auto* real = subject::next<int(pollfd*, nfds_t, int)>("poll");
  return unless_it_fails(subject::call_poll, [&](size_t) { return real(fds, count, timeout); });
}

int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  static auto* real =
      subject::next<int(pollfd*, nfds_t, const timespec*, const sigset_t*)>("ppoll");
  return unless_it_fails(subject::call_poll,
                         [&](size_t) { return real(fds, count, timeout, mask); });
}

int select(int count, fd_set* readable, fd_set* writable, fd_set* special, timeval* timeout) {
  static auto* real = subject::next<int(int, fd_set*, fd_set*, fd_set*, timeval*)>("select");
  return unless_it_fails(subject::call_poll,
                         [&](size_t) { return real(count, readable, writable, special, timeout); });
}

int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  static auto* real = subject::next<int(int, epoll_event*, int, int)>("epoll_wait");
  return unless_it_fails(subject::call_poll,
                         [&](size_t) { return real(epoll, events, most, timeout); });
}

int shm_open(const char* name, int flags, mode_t mode) {
  static auto* real = subject::next<decltype(shm_open)>("shm_open");
  return unless_it_fails(subject::call_map, [&](size_t) { return real(name, flags, mode); });
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* real = subject::next<int(int, off_t)>("ftruncate");
  return unless_it_fails(subject::call_map, [&](size_t) { return real(fd, size); });
}

int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }

int posix_fallocate(int fd, off_t offset, off_t size) {
  static auto* real = subject::next<decltype(posix_fallocate)>("posix_fallocate");
  const subject::Verdict verdict = subject::meet(subject::call_map);
  return verdict.error != 0 ? verdict.error : real(fd, offset, size);
}

void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  static auto* real = subject::next<void*(void*, size_t, int, int, int, off_t)>("mmap");
  const subject::Verdict verdict = subject::meet(subject::call_map);
  if (verdict.error == 0) return real(address, size, protection, flags, fd, offset);
  errno = verdict.error;
  return MAP_FAILED;
}

void* mmap64(void* address, size_t size, int protection, int flags, int fd,
             off64_t offset) noexcept {
  return mmap(address, size, protection, flags, fd, offset);
}

mqd_t mq_open(const char* name, int flags, ...) noexcept {
  static auto* real = subject::next<mqd_t(const char*, int, ...)>("mq_open");
  va_list rest;
  va_start(rest, flags);
  const bool creates = (flags & O_CREAT) != 0;
  const auto mode = creates ? va_arg(rest, mode_t) : mode_t{0};
  auto* attributes = creates ? va_arg(rest, mq_attr*) : nullptr;
  va_end(rest);
  return unless_it_fails(subject::call_queue_open,
                         [&](size_t) { return real(name, flags, mode, attributes); });
}

int mq_send(mqd_t queue, const char* message, size_t size, unsigned priority) {
  static auto* real = subject::next<decltype(mq_send)>("mq_send");
  return unless_it_fails(subject::call_queue,
                         [&](size_t) { return real(queue, message, size, priority); });
}

int mq_timedsend(mqd_t queue, const char* message, size_t size, unsigned priority,
                 const timespec* deadline) {
  static auto* real = subject::next<decltype(mq_timedsend)>("mq_timedsend");
  return unless_it_fails(subject::call_queue,
                         [&](size_t) { return real(queue, message, size, priority, deadline); });
}

ssize_t mq_receive(mqd_t queue, char* message, size_t size, unsigned* priority) {
  static auto* real = subject::next<decltype(mq_receive)>("mq_receive");
  return unless_it_fails(subject::call_queue,
                         [&](size_t) { return real(queue, message, size, priority); });
}

ssize_t mq_timedreceive(mqd_t queue, char* message, size_t size, unsigned* priority,
                        const timespec* deadline) {
  static auto* real = subject::next<decltype(mq_timedreceive)>("mq_timedreceive");
  return unless_it_fails(subject::call_queue,
                         [&](size_t) { return real(queue, message, size, priority, deadline); });
}

int pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) noexcept {
  static auto* real =
      subject::next<int(pthread_mutex_t*, const pthread_mutexattr_t*)>("pthread_mutex_init");
  const subject::Verdict verdict = subject::meet(subject::call_lock_init);
  return verdict.error != 0 ? verdict.error : real(mutex, attributes);
}

int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) noexcept {
  static auto* real =
      subject::next<int(pthread_cond_t*, const pthread_condattr_t*)>("pthread_cond_init");
  const subject::Verdict verdict = subject::meet(subject::call_lock_init);
  return verdict.error != 0 ? verdict.error : real(condition, attributes);
}

int sem_init(sem_t* semaphore, int between_processes, unsigned value) noexcept {
  static auto* real = subject::next<int(sem_t*, int, unsigned)>("sem_init");
  return unless_it_fails(subject::call_lock_init,
                         [&](size_t) { return real(semaphore, between_processes, value); });
}

int sem_wait(sem_t* semaphore) {
  static auto* real = subject::next<decltype(sem_wait)>("sem_wait");
  return unless_it_fails(subject::call_semaphore, [&](size_t) { return real(semaphore); });
}

int sem_timedwait(sem_t* semaphore, const timespec* deadline) {
  static auto* real = subject::next<decltype(sem_timedwait)>("sem_timedwait");
  return unless_it_fails(subject::call_semaphore,
                         [&](size_t) { return real(semaphore, deadline); });
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* deadline) {
  static auto* real = subject::next<decltype(sem_clockwait)>("sem_clockwait");
  return unless_it_fails(subject::call_semaphore,
                         [&](size_t) { return real(semaphore, clock, deadline); });
}

ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  static auto* real = subject::next<decltype(recv)>("recv");
  return unless_it_fails(subject::call_read, [&](size_t most) {
    return real(fd, buffer, std::min(size, most), flags);
  });
}

ssize_t recvfrom(int fd, void* buffer, size_t size, int flags, sockaddr* from, socklen_t* length) {
  static auto* real =
      subject::next<ssize_t(int, void*, size_t, int, sockaddr*, socklen_t*)>("recvfrom");
  return unless_it_fails(subject::call_read, [&](size_t most) {
    return real(fd, buffer, std::min(size, most), flags, from, length);
  });
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static auto* real = subject::next<decltype(recvmsg)>("recvmsg");
  return unless_it_fails(subject::call_read, [&](size_t most) {
    if (most == SIZE_MAX) return real(fd, message, flags);
    // A copy, because recvmsg writes into the message: all but the list of buffers goes back.
    const subject::ShortList list(message->msg_iov, static_cast<int>(message->msg_iovlen), most);
    msghdr shortened = *message;
    shortened.msg_iov = const_cast<iovec*>(list.data());
    shortened.msg_iovlen = static_cast<size_t>(list.size());
    const ssize_t received = real(fd, &shortened, flags);
    shortened.msg_iov = message->msg_iov;
    shortened.msg_iovlen = message->msg_iovlen;
    *message = shortened;
    return received;
  });
}

ssize_t send(int fd, const void* buffer, size_t size, int flags) {
  static auto* real = subject::next<decltype(send)>("send");
  return unless_it_fails(subject::call_write, [&](size_t most) {
    return real(fd, buffer, std::min(size, most), flags);
  });
}

ssize_t sendto(int fd, const void* buffer, size_t size, int flags, const sockaddr* to,
               socklen_t length) {
  static auto* real =
      subject::next<ssize_t(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
  return unless_it_fails(subject::call_write, [&](size_t most) {
    return real(fd, buffer, std::min(size, most), flags, to, length);
  });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* real = subject::next<decltype(sendmsg)>("sendmsg");
  return unless_it_fails(subject::call_write, [&](size_t most) {
    if (most == SIZE_MAX) return real(fd, message, flags);
    const subject::ShortList list(message->msg_iov, static_cast<int>(message->msg_iovlen), most);
    msghdr shortened = *message;
    shortened.msg_iov = const_cast<iovec*>(list.data());
    shortened.msg_iovlen = static_cast<size_t>(list.size());
    return real(fd, &shortened, flags);
  });
}

int socket(int domain, int type, int protocol) noexcept {
  static auto* real = subject::next<int(int, int, int)>("socket");
  return unless_it_fails(subject::call_connect,
                         [&](size_t) { return real(domain, type, protocol); });
}

int socketpair(int domain, int type, int protocol, int ends[2]) noexcept {
  static auto* real = subject::next<int(int, int, int, int*)>("socketpair");
  return unless_it_fails(subject::call_connect,
                         [&](size_t) { return real(domain, type, protocol, ends); });
}

int bind(int fd, const sockaddr* address, socklen_t length) noexcept {
  static auto* real = subject::next<int(int, const sockaddr*, socklen_t)>("bind");
  return unless_it_fails(subject::call_connect, [&](size_t) { return real(fd, address, length); });
}

int listen(int fd, int backlog) noexcept {
  static auto* real = subject::next<int(int, int)>("listen");
  return unless_it_fails(subject::call_connect, [&](size_t) { return real(fd, backlog); });
}

int connect(int fd, const sockaddr* address, socklen_t length) {
  static auto* real = subject::next<int(int, const sockaddr*, socklen_t)>("connect");
  return unless_it_fails(subject::call_connect, [&](size_t) { return real(fd, address, length); });
}

int accept(int fd, sockaddr* address, socklen_t* length) {
  static auto* real = subject::next<int(int, sockaddr*, socklen_t*)>("accept");
  return unless_it_fails(subject::call_accept, [&](size_t) { return real(fd, address, length); });
}

int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  static auto* real = subject::next<int(int, sockaddr*, socklen_t*, int)>("accept4");
  return unless_it_fails(subject::call_accept,
                         [&](size_t) { return real(fd, address, length, flags); });
}

int system(const char* command) {
  static auto* real = subject::next<int(const char*)>("system");
  if (auto* page = subject::page_of_this_process()) page->shell_calls.fetch_add(1);
  return real(command);
}

FILE* popen(const char* command, const char* mode) {
  static auto* real = subject::next<FILE*(const char*, const char*)>("popen");
  if (auto* page = subject::page_of_this_process()) page->shell_calls.fetch_add(1);
  return real(command, mode);
}

unsigned alarm(unsigned seconds) noexcept {
  static auto* real = subject::next<unsigned(unsigned)>("alarm");
  if (auto* page = subject::page_of_this_process()) page->timers.fetch_add(1);
  return real(seconds);
}

int setitimer(__itimer_which_t which, const itimerval* value, itimerval* old) noexcept {
  static auto* real =
      subject::next<int(__itimer_which_t, const itimerval*, itimerval*)>("setitimer");
  if (auto* page = subject::page_of_this_process()) page->timers.fetch_add(1);
  return real(which, value, old);
}

int timer_create(clockid_t clock, sigevent* event, timer_t* timer) noexcept {
  static auto* real = subject::next<int(clockid_t, sigevent*, timer_t*)>("timer_create");
  if (auto* page = subject::page_of_this_process()) page->timers.fetch_add(1);
  return real(clock, event, timer);
}

}  // extern "C"
