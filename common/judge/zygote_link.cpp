#include "common/judge/zygote_link.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <span>
#include <stdexcept>

#include "common/judge/memory_file.h"

namespace judge {

using ipc::UniqueFd;
using std::chrono::milliseconds;
using subject::News;
using subject::Order;
using subject::ZygoteNews;
using subject::ZygoteOrder;

namespace {

/// How long the zygote may take for an order, on however busy a machine.
constexpr std::chrono::seconds longest_order{60};

}  // namespace

ZygoteLink::ZygoteLink(const Kit& kit, Build build, const Image& image,
                       const std::vector<std::string>& programs, Network network)
    : kit_(kit),
      build_(build),
      library_(image.library.get()),
      programs_(programs),
      network_(network),
      symbolizer_(image.library.get()) {
  start();
}

void ZygoteLink::start_again() {
  process_.reset();
  start();
}

void ZygoteLink::start() {
  sockets_ = socket_pair(SOCK_SEQPACKET);
  Sandbox sandbox(kit_);
  for (const std::string& program : programs_) {
    const std::size_t colon = program.find('=');
    if (colon == std::string::npos) {
      sandbox.show_program(program);
    } else {
      sandbox.show_ours(program.substr(colon + 1), program.substr(0, colon));
    }
  }
  std::vector<std::string> command{
      sandbox.show(kit_.root() / "subject" / to_string(build_) / "subject")};
  if (sandbox.has_own_uid()) command.emplace_back(subject::own_uid);
  scratch_ = sandbox.scratch();
  for (const std::string& directory : sandbox.scratch_directories()) command.push_back(directory);
  Limits limits;
  if (build_ == Build::plain) limits.memory = 1ULL << 30;
  if (network_ == Network::two_hosts) sandbox.beside(far_host_);
  const UniqueFd null = high(UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
  process_.emplace(sandbox.start(
      command, scratch_, limits,
      {{null.get(), 0}, {null.get(), 1}, {null.get(), 2}, {sockets_.theirs.get(), 3}}));
  sockets_.theirs.reset();
  const ZygoteNews ready = next_news();
  if (ready.news != News::ready) throw std::runtime_error("the zygote did not start");
  message_queue_error_ = ready.status;
  if (library_ >= 0) order(Order::load, 0, {library_});
}

void ZygoteLink::order(Order what, std::uint32_t argument, const std::vector<int>& descriptors,
                       const std::string& path) {
  ZygoteOrder order{};
  order.order = what;
  order.argument = argument;
  path.copy(order.path, sizeof order.path - 1);
  send_with_descriptors(sockets_.ours.get(), std::as_bytes(std::span(&order, 1)), descriptors);
}

ZygoteNews ZygoteLink::next_news(UniqueFd* descriptor) {
  pollfd answer{socket(), POLLIN, 0};
  if (::poll(&answer, 1, static_cast<int>(milliseconds(longest_order).count())) == 0) {
    throw std::runtime_error("the sandbox does not answer any more");
  }
  ZygoteNews news{};
  UniqueFd received;
  const std::size_t size = receive_with_descriptor(
      sockets_.ours.get(), std::as_writable_bytes(std::span(&news, 1)), received);
  if (size != sizeof news) {
    throw std::runtime_error("the sandbox ended before its time: the zygote is gone");
  }
  if (descriptor != nullptr && received) *descriptor = std::move(received);
  return news;
}

}  // namespace judge
