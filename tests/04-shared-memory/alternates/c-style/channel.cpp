#include "channel.h"

#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * A stream of bytes: each message is 8 bytes of length and then itself. Both ends sleep on the
 * other's position, which is a futex; the highest bit of the sender's says that it has closed.
 */
namespace lab {

namespace {

enum : uint32_t { closed = 1U << 31 };

struct Who {
  int pid;
  unsigned long long since; /* a process id may come again, but not with the same start time */
};

struct Memory {
  uint32_t written; /* bytes, modulo 2^31 */
  uint32_t capacity;
  Who sender;
  alignas(64) uint32_t taken;
  int has_receiver;
  Who receiver;
  alignas(64) char bytes[1];
};

/* Field 22 of /proc/PID/stat; 0 if there is no such process, or only what its parent will see. */
unsigned long long start_of(int pid) {
  char path[40], text[600], state = 'X';
  unsigned long long since = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE* file = fopen(path, "re");
  if (file == NULL) return 0;
  const size_t n = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[n] = 0;
  const char* after_name = strrchr(text, ')');
  if (after_name == NULL ||
      sscanf(after_name + 1,
             " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
             &state, &since) != 2)
    return 0;
  return state == 'Z' || state == 'X' ? 0 : since;
}

Who myself() { return {getpid(), start_of(getpid())}; }
bool is_dead(const Who* who) { return start_of(who->pid) != who->since; }

void wait_at(uint32_t* word, uint32_t while_it_is) {
  timespec a_while = {0, 50 * 1000 * 1000};
  syscall(SYS_futex, word, FUTEX_WAIT, while_it_is, &a_while, NULL, 0);
}

void wake_at(uint32_t* word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0); }

/* Copies between a plain buffer and the circle at `position`. */
void copy(Memory* m, uint32_t position, char* out, const char* in, size_t size) {
  while (size > 0) {
    const uint32_t at = position & (m->capacity - 1);
    const size_t n = size < m->capacity - at ? size : m->capacity - at;
    if (in != NULL) {
      memcpy(m->bytes + at, in, n);
      in += n;
    } else {
      memcpy(out, m->bytes + at, n);
      out += n;
    }
    position += static_cast<uint32_t>(n);
    size -= n;
  }
}

void write_bytes(Memory* m, const void* from, size_t size) {
  const char* bytes = static_cast<const char*>(from);
  uint32_t written = __atomic_load_n(&m->written, __ATOMIC_RELAXED);
  while (size > 0) {
    const uint32_t taken = __atomic_load_n(&m->taken, __ATOMIC_SEQ_CST);
    const uint32_t room = m->capacity - ((written - taken) & ~closed);
    if (room == 0) {
      if (__atomic_load_n(&m->has_receiver, __ATOMIC_ACQUIRE) && is_dead(&m->receiver))
        throw PeerDied();
      wait_at(&m->taken, taken);
      continue;
    }
    const uint32_t n = size < room ? static_cast<uint32_t>(size) : room;
    copy(m, written, NULL, bytes, n);
    written = (written + n) & ~closed;
    __atomic_store_n(&m->written, written, __ATOMIC_SEQ_CST);
    wake_at(&m->written);
    bytes += n;
    size -= n;
  }
}

/* Returns false at the end. */
bool read_bytes(Memory* m, void* to, size_t size) {
  char* bytes = static_cast<char*>(to);
  uint32_t taken = __atomic_load_n(&m->taken, __ATOMIC_RELAXED);
  bool dead = false;
  while (size > 0) {
    /* An addition of nothing: unlike a load, it cannot give anything but the newest. */
    const uint32_t written = dead ? __atomic_fetch_add(&m->written, 0, __ATOMIC_ACQ_REL)
                                  : __atomic_load_n(&m->written, __ATOMIC_SEQ_CST);
    const uint32_t there = (written - taken) & ~closed;
    if (there == 0) {
      if ((written & closed) != 0) return false;
      if (dead) throw PeerDied();
      dead = is_dead(&m->sender);
      if (!dead) wait_at(&m->written, written);
      continue;
    }
    const uint32_t n = size < there ? static_cast<uint32_t>(size) : there;
    copy(m, taken, bytes, NULL, n);
    taken = (taken + n) & ~closed;
    __atomic_store_n(&m->taken, taken, __ATOMIC_SEQ_CST);
    wake_at(&m->taken);
    bytes += n;
    size -= n;
  }
  return true;
}

}  // namespace

struct Channel::State : Memory {};

Channel Channel::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a channel");
  State* m = reinterpret_cast<State*>(memory.data());
  const size_t most = memory.size() - offsetof(Memory, bytes);
  m->capacity = 1024; /* a power of two, so that positions may run over */
  while (m->capacity < closed / 4 && 2 * size_t{m->capacity} <= most) m->capacity *= 2;
  m->sender = myself();
  __atomic_store_n(&m->taken, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&m->has_receiver, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&m->written, 0, __ATOMIC_RELEASE);
  return Channel(m);
}

Channel Channel::open(std::span<std::byte> memory) {
  State* m = reinterpret_cast<State*>(memory.data());
  m->receiver = myself();
  __atomic_store_n(&m->has_receiver, 1, __ATOMIC_RELEASE);
  return Channel(m);
}

Channel::Channel(Channel&& other) noexcept : state_(other.state_) { other.state_ = NULL; }
Channel::~Channel() {}

void Channel::send(std::span<const std::byte> message) {
  const uint64_t size = message.size();
  write_bytes(state_, &size, sizeof size);
  write_bytes(state_, message.data(), size);
}

void Channel::close() {
  __atomic_fetch_or(&state_->written, closed, __ATOMIC_SEQ_CST);
  wake_at(&state_->written);
}

bool Channel::receive(std::vector<std::byte>& message) {
  uint64_t size = 0;
  if (!read_bytes(state_, &size, sizeof size)) return false;
  message.resize(size);
  return read_bytes(state_, message.data(), size);
}

}  // namespace lab
