#include <algorithm>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <optional>

#include "common/bench/transports.h"

namespace bench {

namespace {

using boost::interprocess::message_queue;

class BoostQueue {
 public:
  explicit BoostQueue(const Setting& setting) : name_(setting.name) {
    const std::size_t most = std::clamp<std::size_t>(setting.buffer / setting.payload, 16, 4096);
    queue_.emplace(boost::interprocess::create_only, name_.c_str(), most, setting.payload);
  }
  BoostQueue(const BoostQueue&) = delete;
  BoostQueue& operator=(const BoostQueue&) = delete;
  ~BoostQueue() { message_queue::remove(name_.c_str()); }

  void open_sender() { open(); }
  void open_receiver() { open(); }

  void send(std::span<const std::byte> message) { queue_->send(message.data(), message.size(), 0); }

  void receive(std::span<std::byte> message) {
    message_queue::size_type received = 0;
    unsigned priority = 0;
    queue_->receive(message.data(), message.size(), received, priority);
    if (received != message.size()) throw Garbled("a message is shorter");
  }

 private:
  void open() { queue_.emplace(boost::interprocess::open_only, name_.c_str()); }

  std::string name_;
  std::optional<message_queue> queue_;
};

}  // namespace

Transport boost_queue() {
  return transport<BoostQueue>("Boost message_queue", Group::peer,
                               "Boost.Interprocess: a lock and two condition variables", can_all);
}

}  // namespace bench
