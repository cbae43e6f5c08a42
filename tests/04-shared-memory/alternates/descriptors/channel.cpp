#include "channel.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdint>
#include <new>
#include <utility>

#include "ring.h"

namespace lab {

namespace {

// The lowest bit says that somebody is about to wait; the others count.
class EventCount {
 public:
  std::uint32_t prepare() { return word_.fetch_or(1) | 1; }

  void wait(std::uint32_t ticket) {
    timespec until{};
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    ++until.tv_sec;
    ::syscall(SYS_futex, &word_, FUTEX_WAIT_BITSET, ticket, &until, nullptr,
              FUTEX_BITSET_MATCH_ANY);
  }

  void notify() {
    std::uint32_t word = word_.load();
    while (!word_.compare_exchange_weak(word, (word & ~1U) + 2)) {
    }
    if ((word & 1) != 0) {
      ::syscall(SYS_futex, &word_, FUTEX_WAKE_BITSET, INT_MAX, nullptr, nullptr,
                FUTEX_BITSET_MATCH_ANY);
    }
  }

 private:
  std::atomic<std::uint32_t> word_{0};
};

struct End {
  pthread_mutex_t alive;
  EventCount progress;
  std::atomic<bool> has_come{false};
  std::atomic<bool> is_done{false};

  End() {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&alive, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
  }

  void come() {
    ::pthread_mutex_lock(&alive);
    has_come.store(true);
    progress.notify();
  }
  void go() {
    ::pthread_mutex_unlock(&alive);
    progress.notify();
  }

  bool has_gone() {
    if (!has_come.load()) return false;
    switch (::pthread_mutex_trylock(&alive)) {
      case EOWNERDEAD:
        ::pthread_mutex_consistent(&alive);
        [[fallthrough]];
      case 0:
        ::pthread_mutex_unlock(&alive);
        return true;
      default:
        return false;
    }
  }
};

struct alignas(64) Shared {
  End sender, receiver;
};

// In front of each piece of a message: whether it is the last.
constexpr std::byte more{0}, last{1};

}  // namespace

struct Channel::State {
  Ring ring;
  End& mine;
  End& other;

  // Waits until `attempt` gives something, or can give nothing any more.
  template <class Attempt>
  auto await(Attempt attempt) {
    while (true) {
      if (auto result = attempt()) return result;
      const std::uint32_t ticket = other.progress.prepare();
      const bool is_over = other.has_gone() || other.is_done.load();
      if (auto result = attempt(); result || is_over) return result;
      other.progress.wait(ticket);
    }
  }
};

Channel Channel::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a channel");
  auto* shared = new (memory.data()) Shared;
  Ring ring = Ring::create(memory.subspan(sizeof(Shared)));
  shared->sender.come();
  return Channel(new State{ring, shared->sender, shared->receiver});
}

Channel Channel::open(std::span<std::byte> memory) {
  auto* shared = reinterpret_cast<Shared*>(memory.data());
  shared->receiver.come();
  return Channel(
      new State{Ring::open(memory.subspan(sizeof(Shared))), shared->receiver, shared->sender});
}

Channel::Channel(Channel&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

Channel::~Channel() {
  if (state_ != nullptr) state_->mine.go();
  delete state_;
}

void Channel::send(std::span<const std::byte> message) {
  const std::size_t most = state_->ring.max_frame() / 4;
  bool is_last = false;
  while (!is_last) {
    const auto piece = message.first(std::min(message.size(), most));
    message = message.subspan(piece.size());
    is_last = message.empty();
    const auto room = state_->await([&] { return state_->ring.loan(1 + piece.size()); });
    if (!room) throw PeerDied();
    room->front() = is_last ? last : more;
    std::copy(piece.begin(), piece.end(), room->begin() + 1);
    state_->ring.publish();
    state_->mine.progress.notify();
  }
}

void Channel::close() {
  state_->mine.is_done.store(true);
  state_->mine.progress.notify();
}

bool Channel::receive(std::vector<std::byte>& message) {
  message.clear();
  for (std::byte which = more; which != last;) {
    const auto frame = state_->await([&] { return state_->ring.borrow(); });
    if (!frame && state_->other.is_done.load()) return false;
    if (!frame) throw PeerDied();
    which = frame->front();
    message.insert(message.end(), frame->begin() + 1, frame->end());
    state_->ring.release();
    state_->mine.progress.notify();
  }
  return true;
}

}  // namespace lab
