#include "channel.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "common/bench/memory.h"
#include "common/bench/transports.h"

namespace bench {

namespace {

class ChannelEnd {
 public:
  explicit ChannelEnd(const Setting& setting) : memory_(setting.buffer) {}

  void open_sender() {
    memory_.touch();
    channel_.emplace(lab::Channel::create(memory_.bytes()));
  }
  void open_receiver() {
    memory_.touch();
    channel_.emplace(lab::Channel::open(memory_.bytes()));
  }

  void send(std::span<const std::byte> message) { channel_->send(message); }

  // It puts the message into a vector: that is its copy out, and there need not be another one.
  void receive(std::span<std::byte> message) { receive(message, sizeof(Word)); }
  void receive_whole(std::span<std::byte> message) { receive(message, message.size()); }

 private:
  void receive(std::span<std::byte> message, std::size_t looked_at) {
    if (!channel_->receive(received_)) throw Garbled("the channel came to an end");
    if (received_.size() != message.size()) throw Garbled("a message has another size");
    std::memcpy(message.data(), received_.data(), looked_at);
  }

  Memory memory_;
  std::optional<lab::Channel> channel_;
  std::vector<std::byte> received_;
};

}  // namespace

Transport channel() {
  return transport<ChannelEnd>("channel", Group::ours, "lab 04: sleeps when it has to wait",
                               can_all);
}

}  // namespace bench
