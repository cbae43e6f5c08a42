#include "channel.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "ring.h"

namespace lab {

namespace {

/// Something that one process counts and another waits for: more frames, or more room.
class Progress {
 public:
  [[nodiscard]] std::uint32_t seen() const { return count_.load(); }

  /// Something has changed. The kernel is called only if somebody sleeps.
  void advance() {
    // Both sequentially consistent, as those in sleep_since: either we see that somebody is about
    // to sleep, or the kernel sees for him that the count is another one. Never neither.
    count_.fetch_add(1);
    if (sleeps_.load()) ::syscall(SYS_futex, &count_, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }

  /// Sleeps until there is progress since `before`; now and then it comes back for nothing.
  void sleep_since(std::uint32_t before) {
    // Who has died cannot wake anybody, so that somebody has to look after him. (From Linux 5.16 on
    // futex_waitv(2) could wait for his lock as well.)
    constexpr timespec until_next_look{0, 100'000'000};
    sleeps_.store(true);
    ::syscall(SYS_futex, &count_, FUTEX_WAIT, before, &until_next_look, nullptr, 0);
    sleeps_.store(false);
  }

 private:
  std::atomic<std::uint32_t> count_{0};
  std::atomic<bool> sleeps_{false};
};

/// A lock that a process holds as long as it lives: a robust mutex tells when its owner has died.
class Life {
 public:
  Life() {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&mutex_, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
  }

  void begin() { ::pthread_mutex_lock(&mutex_); }
  void end() { ::pthread_mutex_unlock(&mutex_); }

  [[nodiscard]] bool is_over() {
    const int result = ::pthread_mutex_trylock(&mutex_);
    if (result == EBUSY) return false;
    // Left as it was found, so that who asks again gets the same answer.
    if (result == EOWNERDEAD) ::pthread_mutex_consistent(&mutex_);
    ::pthread_mutex_unlock(&mutex_);
    return true;
  }

 private:
  pthread_mutex_t mutex_;
};

/// What lies in front of the ring.
struct Shared {
  alignas(64) Progress sent;      ///< by the sender: frames, and that it has closed
  alignas(64) Progress received;  ///< by the receiver: room, and that it is there
  alignas(64) Life sender;
  Life receiver;
  std::atomic<bool> closed{false};
  std::atomic<bool> has_receiver{false};
};

/// What every frame begins with: how much of its message comes after it. Long messages are sent in
/// pieces, so that the receiver copies the first while the sender copies the next.
using Rest = std::uint64_t;
constexpr std::size_t largest_piece = 16384;

}  // namespace

struct Channel::State {
  Shared* shared;
  Ring ring;
  bool is_sender;
};

Channel Channel::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a channel");
  auto* shared = new (memory.data()) Shared;
  shared->sender.begin();
  return Channel(new State{shared, Ring::create(memory.subspan(sizeof(Shared))), true});
}

Channel Channel::open(std::span<std::byte> memory) {
  auto* shared = reinterpret_cast<Shared*>(memory.data());
  shared->receiver.begin();
  shared->has_receiver.store(true);
  shared->received.advance();
  return Channel(new State{shared, Ring::open(memory.subspan(sizeof(Shared))), false});
}

Channel::Channel(Channel&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

Channel::~Channel() {
  if (state_ == nullptr) return;
  Shared& shared = *state_->shared;
  (state_->is_sender ? shared.sender : shared.receiver).end();
  (state_->is_sender ? shared.sent : shared.received).advance();
  delete state_;
}

void Channel::send(std::span<const std::byte> message) {
  Shared& shared = *state_->shared;
  const std::size_t largest = std::min(largest_piece, state_->ring.max_frame() - sizeof(Rest));
  do {
    const std::size_t size = std::min(message.size(), largest);
    const Rest rest = message.size() - size;
    std::optional<std::span<std::byte>> room;
    // The count first, then the look: what changes after the look has changed the count.
    for (std::uint32_t before = shared.received.seen();
         !(room = state_->ring.loan(sizeof rest + size)); before = shared.received.seen()) {
      if (shared.has_receiver.load() && shared.receiver.is_over()) throw PeerDied();
      shared.received.sleep_since(before);
    }
    std::memcpy(room->data(), &rest, sizeof rest);
    std::copy_n(message.data(), size, room->data() + sizeof rest);
    state_->ring.publish();
    shared.sent.advance();
    message = message.subspan(size);
  } while (!message.empty());
}

void Channel::close() {
  state_->shared->closed.store(true);
  state_->shared->sent.advance();
}

bool Channel::receive(std::vector<std::byte>& message) {
  Shared& shared = *state_->shared;
  message.clear();
  for (Rest rest = 1; rest > 0;) {
    std::optional<std::span<const std::byte>> frame;
    for (std::uint32_t before = shared.sent.seen(); !(frame = state_->ring.borrow());
         before = shared.sent.seen()) {
      // borrow() found nothing, so it has told the ring's producer of all room that there is. The
      // sender may be asleep because it did not know.
      shared.received.advance();
      // In the opposite order of how it was done: sent, closed, ended. What is seen of one of them
      // was true of those before it, and asking the other way round would miss what came meanwhile.
      const bool has_ended = shared.sender.is_over();
      const bool has_closed = shared.closed.load();
      if (has_ended || has_closed) {
        if ((frame = state_->ring.borrow())) break;
        if (has_closed) return false;
        throw PeerDied();
      }
      shared.sent.sleep_since(before);
    }
    std::memcpy(&rest, frame->data(), sizeof rest);
    const auto piece = frame->subspan(sizeof rest);
    message.insert(message.end(), piece.begin(), piece.end());
    state_->ring.release();
    shared.received.advance();
  }
  return true;
}

}  // namespace lab
