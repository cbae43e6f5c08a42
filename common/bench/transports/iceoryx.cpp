/// Eclipse iceoryx: publish and subscribe in shared memory, which a daemon of its own hands out.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iceoryx_hoofs/log/logmanager.hpp>
#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>
#include <optional>

#include "common/bench/transports.h"
#include "common/ipc/system_error.h"

namespace bench {

namespace {

/// The daemon, `iox-roudi`, from the first link on until this program ends. If somebody else has
/// one running already, ours ends at once and that one serves us.
class Daemon {
 public:
  static void need() { static const Daemon daemon; }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

 private:
  Daemon() {
    pid_ = ::fork();
    if (pid_ < 0) throw ipc::SystemError("fork");
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    // Without monitoring: a process that comes with the name of one that has gone replaces it.
    ::execlp("iox-roudi", "iox-roudi", "-m", "off", "-l", "off", nullptr);
    ::_exit(3);
  }
  ~Daemon() {
    ::kill(pid_, SIGTERM);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    // What the runtimes of our processes leave, which end without a word.
    for (const char* left : {"first", "first.lock", "second", "second.lock"}) {
      ::unlink((std::string("/tmp/ipclab-bench-") + left).c_str());
    }
  }

  pid_t pid_ = -1;
};

class Iceoryx {
 public:
  explicit Iceoryx(const Setting& setting) : setting_(setting) {
    iox::log::LogManager::GetLogManager().SetDefaultLogLevel(
        iox::log::LogLevel::kOff, iox::log::LogLevelOutput::kHideLogLevel);
    Daemon::need();
  }

  void open_sender() {
    become(setting_.there ? "first" : "second");
    iox::popo::PublisherOptions options;
    options.historyCapacity = 0;
    options.subscriberTooSlowPolicy = iox::popo::ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
    publisher_.emplace(service(), options);
  }

  void open_receiver() {
    become(setting_.there ? "second" : "first");
    iox::popo::SubscriberOptions options;
    // As many as lie in the buffer, as with the others, and no more than its pools have.
    options.queueCapacity = std::clamp<std::uint64_t>(setting_.buffer / setting_.payload, 4, 256);
    options.queueFullPolicy = iox::popo::QueueFullPolicy::BLOCK_PRODUCER;
    subscriber_.emplace(service(), options);
    while (subscriber_->getSubscriptionState() != iox::SubscribeState::SUBSCRIBED) ::sched_yield();
  }

  void send(std::span<const std::byte> message) { send(message, message.size()); }
  void receive(std::span<std::byte> message) { receive(message, message.size()); }

  void close() {
    publisher_.reset();
    subscriber_.reset();
  }

 protected:
  void send(std::span<const std::byte> message, std::size_t written) {
    auto chunk = publisher_->loan(static_cast<std::uint32_t>(message.size()));
    while (chunk.has_error()) {
      Waiting::once();
      chunk = publisher_->loan(static_cast<std::uint32_t>(message.size()));
    }
    std::memcpy(chunk.value(), message.data(), written);
    publisher_->publish(chunk.value());
  }

  void receive(std::span<std::byte> message, std::size_t read) {
    auto chunk = subscriber_->take();
    while (chunk.has_error()) {
      Waiting::once();
      chunk = subscriber_->take();
    }
    std::memcpy(message.data(), chunk.value(), read);
    subscriber_->release(chunk.value());
  }

 private:
  static void become(const char* name) {
    const std::string runtime = std::string("ipclab-bench-") + name;
    iox::runtime::PoshRuntime::initRuntime(
        iox::RuntimeName_t(iox::cxx::TruncateToCapacity, runtime.c_str()));
  }

  [[nodiscard]] iox::capro::ServiceDescription service() const {
    return {"bench", "link", {iox::cxx::TruncateToCapacity, setting_.name.c_str()}};
  }

  Setting setting_;
  std::optional<iox::popo::UntypedPublisher> publisher_;
  std::optional<iox::popo::UntypedSubscriber> subscriber_;
};

class LendingIceoryx : public Iceoryx {
 public:
  using Iceoryx::Iceoryx;
  void send(std::span<const std::byte> message) { Iceoryx::send(message, sizeof(Word)); }
  void send_whole(std::span<const std::byte> message) { Iceoryx::send(message, message.size()); }
  void receive(std::span<std::byte> message) { Iceoryx::receive(message, sizeof(Word)); }
  void receive_whole(std::span<std::byte> message) { Iceoryx::receive(message, message.size()); }
};

}  // namespace

Transport iceoryx() {
  return transport<Iceoryx>("iceoryx", Group::peer, "busy; a copy in and a copy out",
                            can_all_but_sleep);
}

Transport lending_iceoryx() {
  Transport lending = transport<LendingIceoryx>(
      "iceoryx, nothing copied", Group::peer,
      "busy; loan and publish, the first 8 bytes are written and read", can_all_but_sleep);
  lending.lends = true;
  return lending;
}

}  // namespace bench
