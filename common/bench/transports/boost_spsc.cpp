/// Boost.Lockfree's queue for one producer and one consumer, placed in shared memory: its capacity
/// is fixed when it is compiled, so that there is no pointer in it.
#include <algorithm>
#include <array>
#include <boost/lockfree/spsc_queue.hpp>
#include <new>

#include "common/bench/memory.h"
#include "common/bench/transports.h"

namespace bench {

namespace {

constexpr std::size_t buffer = 256 * 1024;

template <std::size_t size>
struct Slot {
  std::array<std::byte, size> bytes;
};

/// A queue of messages of one size, which is known when it is compiled.
template <std::size_t size>
class Slots {
 public:
  explicit Slots(const Setting&)
      : memory_(sizeof(Queue)), queue_(new (memory_.bytes().data()) Queue) {}

  void open_sender() { memory_.touch(); }
  void open_receiver() { memory_.touch(); }

  void send(std::span<const std::byte> message) {
    const auto& slot = *reinterpret_cast<const Slot<size>*>(message.data());
    while (!queue_->push(slot)) Waiting::once();
  }
  void receive(std::span<std::byte> message) {
    auto& slot = *reinterpret_cast<Slot<size>*>(message.data());
    while (!queue_->pop(slot)) Waiting::once();
  }

 private:
  using Queue = boost::lockfree::spsc_queue<
      Slot<size>, boost::lockfree::capacity<std::max<std::size_t>(buffer / size, 4)>>;
  Memory memory_;
  Queue* queue_;
};

/// A queue of bytes, in which each message is its length and what follows: any size will do, and a
/// long message can be read while it is still being written.
class Bytes {
 public:
  explicit Bytes(const Setting&)
      : memory_(sizeof(Queue)), queue_(new (memory_.bytes().data()) Queue) {}

  void open_sender() { memory_.touch(); }
  void open_receiver() { memory_.touch(); }

  void send(std::span<const std::byte> message) {
    const Word length = message.size();
    push(std::as_bytes(std::span(&length, 1)));
    push(message);
  }
  void receive(std::span<std::byte> message) {
    Word length = 0;
    pop(std::as_writable_bytes(std::span(&length, 1)));
    if (length != message.size()) throw Garbled("a message has another size");
    pop(message);
  }

 private:
  using Queue = boost::lockfree::spsc_queue<std::byte, boost::lockfree::capacity<buffer>>;

  void push(std::span<const std::byte> bytes) {
    while (true) {
      bytes = bytes.subspan(queue_->push(bytes.data(), bytes.size()));
      if (bytes.empty()) return;
      Waiting::once();
    }
  }
  void pop(std::span<std::byte> bytes) {
    while (true) {
      bytes = bytes.subspan(queue_->pop(bytes.data(), bytes.size()));
      if (bytes.empty()) return;
      Waiting::once();
    }
  }

  Memory memory_;
  Queue* queue_;
};

template <std::size_t... sizes>
std::unique_ptr<Link> slots_of(const Setting& setting, std::index_sequence<sizes...>) {
  std::unique_ptr<Link> link;
  ((setting.payload == sizes ? void(link = std::make_unique<LinkOf<Slots<sizes>>>(setting))
                             : void()),
   ...);
  return link;
}

template <std::size_t... sizes>
bool is_among(std::size_t payload, std::index_sequence<sizes...>) {
  return ((payload == sizes) || ...);
}

using Sizes = std::index_sequence<8, 64, 1024, 4096, 64 * 1024, 1024 * 1024>;

}  // namespace

Transport boost_slots() {
  return {
      .name = "Boost spsc_queue",
      .group = Group::peer,
      .remark = "Boost.Lockfree: busy; slots of just the payload's size",
      .can = [](Kind kind,
                std::size_t payload) { return kind != Kind::asleep && is_among(payload, Sizes()); },
      .link = [](const Setting& setting) { return slots_of(setting, Sizes()); }};
}

Transport boost_bytes() {
  return transport<Bytes>("Boost spsc_queue, bytes", Group::peer,
                          "the same of bytes: busy; each message with its length in front",
                          can_all_but_sleep);
}

}  // namespace bench
