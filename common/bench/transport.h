#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/bench/clock.h"
#include "common/bench/message.h"
#include "common/bench/waiting.h"

/// What is measured: ways for messages from one process to another.
///
/// To add one, write a class of this form (an *end*; each process has one, copied by fork), and a
/// function that calls transport<End>(), and name that function in transports.h:
///
///     class End {
///      public:
///       explicit End(const Setting& setting);          // in the process that forks the two
///       void open_sender();                            // in the sender's process, first
///       void open_receiver();                          // in the receiver's, when that is done
///       void send(std::span<const std::byte> message);
///       void receive(std::span<std::byte> message);    // the next message, all of it
///       void close();                                  // may be left out: in each process, last
///     };
///
/// An end that copies nothing hands over the first eight bytes in send() and receive(), and has
/// send_whole() and receive_whole() besides, which hand over all.
namespace bench {

enum class Kind {
  rate,    ///< as many messages as go through, in one direction
  trip,    ///< a message there and one of the same size back, one at a time
  asleep,  ///< a trip after a pause in which the other process has fallen asleep
};

enum class Group { limit, ours, ladder, peer, bare };

/// What a link is made for.
struct Setting {
  std::size_t payload = 8;           ///< bytes in each message; a multiple of 8
  std::size_t buffer = 1024 * 1024;  ///< bytes that may be under way, where that can be chosen
  bool there = true;                 ///< from the first process to the second, or back
  std::string name;                  ///< for what needs one: unique, without a slash
};

/// Messages to be handed over in one go.
struct Batch {
  Word first = 0;  ///< the number of the first one
  std::uint64_t count = 0;
  bool whole = false;            ///< write and look at all bytes of each, not at its number alone
  std::span<std::byte> message;  ///< where they are sent from, or received at
  std::uint64_t pause_ns = 0;    ///< wait busily so long before each trip
};

/// How long each trip took, in ticks. Only the first million is noted: that is enough for a p99.
using Trips = std::vector<std::uint32_t>;
inline constexpr std::size_t most_trips = 1 << 20;

/// One direction between two processes. The loops are inside, so that what is called a hundred
/// million times a second is called directly.
class Link {
 public:
  virtual ~Link() = default;
  virtual void open_sender() = 0;
  virtual void open_receiver() = 0;
  virtual void send(const Batch& batch) = 0;
  virtual void receive(const Batch& batch) = 0;
  /// Sends and waits for the answer on `back`, which is a link of the same transport.
  /// @returns the sum of all trips, in ticks.
  virtual std::uint64_t ping(Link& back, const Batch& batch, Trips* trips) = 0;
  virtual void pong(Link& back, const Batch& batch) = 0;
  /// Sends and receives in the same process.
  virtual void both(const Batch& sent, const Batch& received) = 0;
  virtual void close() = 0;
};

struct Transport {
  std::string name;
  Group group = Group::peer;
  std::string remark;  ///< what one has to know to read its figures
  std::function<bool(Kind, std::size_t payload)> can;
  std::function<std::unique_ptr<Link>(const Setting&)> link;
  bool alone = false;  ///< one process sends and receives
  bool lends = false;  ///< copies nothing
};

inline bool can_all_but_sleep(Kind kind, std::size_t) { return kind != Kind::asleep; }
inline bool can_all(Kind, std::size_t) { return true; }

template <class End>
class LinkOf final : public Link {
 public:
  explicit LinkOf(const Setting& setting) : end_(setting) {}

  void open_sender() override { end_.open_sender(); }
  void open_receiver() override { end_.open_receiver(); }

  void send(const Batch& batch) override {
    for (Word number = batch.first; number != batch.first + batch.count; ++number) {
      put(batch, number);
    }
  }

  void receive(const Batch& batch) override {
    for (Word number = batch.first; number != batch.first + batch.count; ++number) {
      take(batch, number);
    }
  }

  std::uint64_t ping(Link& back, const Batch& batch, Trips* trips) override {
    auto& answers = static_cast<LinkOf&>(back);
    std::uint64_t sum = 0;
    std::uint64_t begin = ticks();
    for (Word number = batch.first; number != batch.first + batch.count; ++number) {
      if (batch.pause_ns > 0) {
        const std::uint64_t end = nanoseconds() + batch.pause_ns;
        while (nanoseconds() < end) Waiting::once();
        begin = ticks();
      }
      put(batch, number);
      answers.take(batch, number);
      const std::uint64_t now = ticks();
      sum += now - begin;
      if (trips != nullptr && trips->size() < trips->capacity()) {
        trips->push_back(static_cast<std::uint32_t>(now - begin));
      }
      begin = now;
    }
    return sum;
  }

  void pong(Link& back, const Batch& batch) override {
    auto& answers = static_cast<LinkOf&>(back);
    for (Word number = batch.first; number != batch.first + batch.count; ++number) {
      take(batch, number);
      answers.put(batch, number);
    }
  }

  void both(const Batch& sent, const Batch& received) override {
    for (Word number = sent.first; number != sent.first + sent.count; ++number) {
      put(sent, number);
      take(received, number);
    }
  }

  void close() override {
    if constexpr (requires { end_.close(); }) end_.close();
  }

 private:
  void put(const Batch& batch, Word number) {
    if (batch.whole) [[unlikely]] {
      fill(batch.message, number);
      if constexpr (requires { end_.send_whole(batch.message); }) {
        end_.send_whole(batch.message);
      } else {
        end_.send(batch.message);
      }
      return;
    }
    stamp(batch.message, number);
    end_.send(batch.message);
  }

  void take(const Batch& batch, Word number) {
    if (batch.whole) [[unlikely]] {
      if constexpr (requires { end_.receive_whole(batch.message); }) {
        end_.receive_whole(batch.message);
      } else {
        end_.receive(batch.message);
      }
      expect_all(batch.message, number);
      return;
    }
    end_.receive(batch.message);
    keep(batch.message);
    expect_stamp(batch.message, number);
  }

  End end_;
};

template <class End>
Transport transport(std::string name, Group group, std::string remark,
                    std::function<bool(Kind, std::size_t)> can) {
  return {.name = std::move(name),
          .group = group,
          .remark = std::move(remark),
          .can = std::move(can),
          .link = [](const Setting& setting) { return std::make_unique<LinkOf<End>>(setting); }};
}

}  // namespace bench
