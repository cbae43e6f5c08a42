#include "channel.h"

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

#include "robust_lock.h"

namespace lab {

namespace {

// A circle of bytes behind a lock. Each end holds another lock as long as it lives.
struct Shared {
  RobustLock lock;
  pthread_cond_t changed;
  RobustLock sender, receiver;
  bool has_receiver = false, is_closed = false;
  std::uint64_t in = 0, out = 0;
  std::uint64_t capacity = 0;

  explicit Shared(std::size_t room) : capacity(room) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
  }

  std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }

  static bool is_dead(RobustLock& life) {
    if (!life.try_lock()) return false;
    life.unlock();
    return true;
  }

  // With the lock held, as when it returns.
  void wait() {
    timespec until{};
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    lock.mend(pthread_cond_timedwait(&changed, &lock.mutex, &until));
  }

  void write(const std::byte* from, std::size_t size) {
    while (size > 0) {
      const std::size_t n = std::min<std::size_t>(size, capacity - (in - out));
      if (n == 0) {
        if (has_receiver && is_dead(receiver)) {
          lock.unlock();
          throw PeerDied();
        }
        wait();
        continue;
      }
      for (std::size_t i = 0; i < n; ++i) bytes()[(in + i) % capacity] = from[i];
      in += n;
      from += n;
      size -= n;
      pthread_cond_broadcast(&changed);
    }
  }

  // @returns false at the end.
  bool read(std::byte* to, std::size_t size) {
    while (size > 0) {
      const std::size_t n = std::min<std::size_t>(size, in - out);
      if (n == 0) {
        if (is_closed) return false;
        // We hold the lock: what he wrote before he died is there.
        if (is_dead(sender)) {
          lock.unlock();
          throw PeerDied();
        }
        wait();
        continue;
      }
      for (std::size_t i = 0; i < n; ++i) to[i] = bytes()[(out + i) % capacity];
      out += n;
      to += n;
      size -= n;
      pthread_cond_broadcast(&changed);
    }
    return true;
  }
};

}  // namespace

struct Channel::State {
  Shared* shared;
  RobustLock* life;
};

Channel Channel::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a channel");
  auto* shared = new (memory.data()) Shared(memory.size() - sizeof(Shared));
  shared->sender.lock();
  return Channel(new State{shared, &shared->sender});
}

Channel Channel::open(std::span<std::byte> memory) {
  auto* shared = reinterpret_cast<Shared*>(memory.data());
  shared->receiver.lock();
  shared->lock.lock();
  shared->has_receiver = true;
  shared->lock.unlock();
  return Channel(new State{shared, &shared->receiver});
}

Channel::Channel(Channel&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

Channel::~Channel() {
  if (state_ == nullptr) return;
  state_->life->unlock();
  pthread_cond_broadcast(&state_->shared->changed);
  delete state_;
}

void Channel::send(std::span<const std::byte> message) {
  const std::uint64_t size = message.size();
  Shared& shared = *state_->shared;
  shared.lock.lock();
  shared.write(reinterpret_cast<const std::byte*>(&size), sizeof size);
  shared.write(message.data(), message.size());
  shared.lock.unlock();
}

void Channel::close() {
  state_->shared->lock.lock();
  state_->shared->is_closed = true;
  pthread_cond_broadcast(&state_->shared->changed);
  state_->shared->lock.unlock();
}

bool Channel::receive(std::vector<std::byte>& message) {
  std::uint64_t size = 0;
  Shared& shared = *state_->shared;
  shared.lock.lock();
  bool there = shared.read(reinterpret_cast<std::byte*>(&size), sizeof size);
  if (there) {
    message.resize(size);
    there = shared.read(message.data(), size);
  }
  shared.lock.unlock();
  return there;
}

}  // namespace lab
