#include "channel.h"

#include <poll.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "common/ipc/unique_fd.h"

namespace lab {

namespace {

constexpr std::size_t payload = 500;

// Messages travel in packets of one size; a semaphore counts the packets that are there, another
// one the places that are free.
struct Packet {
  enum class Kind : std::uint32_t { more, last, closed };
  Kind kind;
  std::uint32_t size;
  std::byte bytes[payload];
};

struct Shared {
  sem_t full, free;
  std::atomic<pid_t> receiver{0};
  pid_t sender = ::getpid();
  std::uint32_t packets;

  explicit Shared(std::uint32_t count) : packets(count) {
    ::sem_init(&full, 1, 0);
    ::sem_init(&free, 1, count);
  }
  Packet& packet(std::uint64_t number) {
    return reinterpret_cast<Packet*>(this + 1)[number % packets];
  }
};

// Waits for a semaphore and, now and then, looks after the other process: a descriptor of a process
// becomes readable when it has ended, and never stands for another one.
class Peer {
 public:
  void await(sem_t& semaphore, pid_t pid) {
    while (true) {
      timespec until{};
      ::clock_gettime(CLOCK_REALTIME, &until);
      until.tv_sec += 1;
      if (::sem_timedwait(&semaphore, &until) == 0) return;
      if (errno != ETIMEDOUT || pid == 0 || !is_dead(pid)) continue;
      if (::sem_trywait(&semaphore) == 0) return;
      throw PeerDied();
    }
  }

 private:
  bool is_dead(pid_t pid) {
    if (!process_) {
      process_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      if (!process_) return errno == ESRCH;
    }
    pollfd ended{process_.get(), POLLIN, 0};
    return ::poll(&ended, 1, 0) == 1;
  }

  ipc::UniqueFd process_;
};

}  // namespace

struct Channel::State {
  Shared* shared;
  Peer peer{};
  std::uint64_t number = 0;  // of the next packet

  void put(Packet::Kind kind, std::span<const std::byte> bytes) {
    // Whoever comes as receiver while we wait is found at the next look.
    while (::sem_trywait(&shared->free) != 0) {
      const pid_t receiver = shared->receiver.load();
      if (receiver != 0) {
        peer.await(shared->free, receiver);
        break;
      }
      timespec until{};
      ::clock_gettime(CLOCK_REALTIME, &until);
      until.tv_sec += 1;
      if (::sem_timedwait(&shared->free, &until) == 0) break;
    }
    Packet& packet = shared->packet(number++);
    packet.kind = kind;
    packet.size = static_cast<std::uint32_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), packet.bytes);
    ::sem_post(&shared->full);
  }
};

Channel Channel::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("less than least_memory");
  const auto count = static_cast<std::uint32_t>((memory.size() - sizeof(Shared)) / sizeof(Packet));
  // One place is kept for close(), which does not wait for room.
  auto* shared = new (memory.data()) Shared(count - 1);
  shared->packets = count;
  return Channel(new State{shared});
}

Channel Channel::open(std::span<std::byte> memory) {
  auto* shared = reinterpret_cast<Shared*>(memory.data());
  shared->receiver.store(::getpid());
  return Channel(new State{shared});
}

Channel::Channel(Channel&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
Channel::~Channel() { delete state_; }

void Channel::send(std::span<const std::byte> message) {
  while (message.size() > payload) {
    state_->put(Packet::Kind::more, message.first(payload));
    message = message.subspan(payload);
  }
  state_->put(Packet::Kind::last, message);
}

void Channel::close() {
  state_->shared->packet(state_->number).kind = Packet::Kind::closed;
  ::sem_post(&state_->shared->full);
}

bool Channel::receive(std::vector<std::byte>& message) {
  message.clear();
  Shared& shared = *state_->shared;
  while (true) {
    state_->peer.await(shared.full, shared.sender);
    const Packet& packet = shared.packet(state_->number);
    const Packet::Kind kind = packet.kind;
    if (kind == Packet::Kind::closed) {
      ::sem_post(&shared.full);  // for who asks again
      return false;
    }
    message.insert(message.end(), packet.bytes, packet.bytes + packet.size);
    ++state_->number;
    ::sem_post(&shared.free);
    if (kind == Packet::Kind::last) return true;
  }
}

}  // namespace lab
