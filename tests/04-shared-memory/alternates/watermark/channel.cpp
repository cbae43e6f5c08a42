#include "channel.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

namespace lab {

namespace {

/// Sleeps of one who has said that he is going to; a semaphore remembers that he is woken.
struct Bed {
  std::atomic<bool> taken{false};
  sem_t bell;

  Bed() { ::sem_init(&bell, 1, 0); }
  void wake() {
    if (taken.exchange(false)) ::sem_post(&bell);
  }
  // After `taken` was set, and another look.
  void sleep() {
    timespec until{};
    ::clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    while (::sem_timedwait(&bell, &until) != 0 && errno == EINTR) {
    }
  }
};

struct Life {
  pthread_mutex_t mutex;

  Life() {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&mutex, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
  }
  bool is_over() {
    const int result = ::pthread_mutex_trylock(&mutex);
    if (result == EOWNERDEAD) ::pthread_mutex_consistent(&mutex);
    if (result != EBUSY) ::pthread_mutex_unlock(&mutex);
    return result != EBUSY;
  }
};

struct Shared {
  std::atomic<std::uint64_t> in{0}, out{0};
  std::atomic<bool> closed{false}, open{false};
  std::uint64_t size = 0;
  Bed sender_bed, receiver_bed;
  Life sender, receiver;

  std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }
};

}  // namespace

struct Channel::State : Shared {
  void write(std::span<const std::byte> rest) {
    while (!rest.empty()) {
      const std::uint64_t at = in.load();
      std::uint64_t room = size - (at - out.load());
      if (room == 0) {
        sender_bed.taken.store(true);
        const bool is_dead = open.load() && receiver.is_over();
        room = size - (at - out.load());
        if (room == 0 && is_dead) throw PeerDied();
        if (room == 0) sender_bed.sleep();
        continue;
      }
      const std::size_t n = std::min({room, rest.size(), size - at % size});
      std::memcpy(bytes() + at % size, rest.data(), n);
      in.store(at + n);
      receiver_bed.wake();
      rest = rest.subspan(n);
    }
  }

  bool read(std::span<std::byte> rest) {
    while (!rest.empty()) {
      const std::uint64_t at = out.load();
      std::uint64_t there = in.load() - at;
      if (there == 0) {
        receiver_bed.taken.store(true);
        const bool is_dead = sender.is_over(), is_closed = closed.load();
        there = in.load() - at;
        if (there == 0 && is_closed) return false;
        if (there == 0 && is_dead) throw PeerDied();
        if (there == 0) receiver_bed.sleep();
        continue;
      }
      const std::size_t n = std::min({there, rest.size(), size - at % size});
      std::memcpy(rest.data(), bytes() + at % size, n);
      out.store(at + n);
      sender_bed.wake();
      rest = rest.subspan(n);
    }
    return true;
  }
};

Channel Channel::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory");
  auto* state = new (memory.data()) State;
  state->size = memory.size() - sizeof(State);
  ::pthread_mutex_lock(&state->sender.mutex);
  return Channel(state);
}

Channel Channel::open(std::span<std::byte> memory) {
  auto* state = reinterpret_cast<State*>(memory.data());
  ::pthread_mutex_lock(&state->receiver.mutex);
  state->open.store(true);
  return Channel(state);
}

Channel::Channel(Channel&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

// The locks are left to the process's end: it is that which the other one asks for.
Channel::~Channel() = default;

void Channel::send(std::span<const std::byte> message) {
  const std::uint64_t size = message.size();
  state_->write(std::as_bytes(std::span(&size, 1)));
  state_->write(message);
}

void Channel::close() {
  state_->closed.store(true);
  state_->receiver_bed.wake();
}

bool Channel::receive(std::vector<std::byte>& message) {
  std::uint64_t size = 0;
  if (!state_->read(std::as_writable_bytes(std::span(&size, 1)))) return false;
  message.resize(size);
  return state_->read(message);
}

}  // namespace lab
