#include "common/judge/player.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "common/ipc/system_error.h"
#include "common/judge/memory_file.h"

namespace judge {

using ipc::SystemError;
using ipc::UniqueFd;
using subject::FaultPage;
using subject::FromRole;
using subject::Order;

namespace {

constexpr std::size_t most_output = 1 << 20;     // of a role's own words, bytes
constexpr std::size_t most_reported = 64 << 20;  // bytes
constexpr std::size_t most_reports = 100'000;
constexpr std::size_t most_text = 4000;  // of an exception's, bytes
constexpr std::size_t most_traces = 64;
constexpr std::size_t most_addresses = 64;  // of a trace

}  // namespace

Faults::Faults(const std::vector<subject::FaultRule>& rules)
    : file_(high(UniqueFd(::memfd_create("faults", MFD_CLOEXEC | MFD_ALLOW_SEALING)))) {
  if (::ftruncate(file_.get(), sizeof(FaultPage)) != 0) throw SystemError("ftruncate");
  void* mapped =
      ::mmap(nullptr, sizeof(FaultPage), PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (mapped == MAP_FAILED) throw SystemError("mmap");
  // The other side could shrink the file, and looking at it would then kill the judge (SIGBUS).
  if (::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
    throw SystemError("fcntl(F_ADD_SEALS)");
  }
  page_ = new (mapped) FaultPage{};
  page_->rule_count = static_cast<std::uint32_t>(rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) page_->rules[i] = rules.at(i);
}

Faults::~Faults() { ::munmap(page_, sizeof(FaultPage)); }

void Player::start(ZygoteLink& zygote, std::uint32_t index) {
  SocketPair sockets = socket_pair(SOCK_STREAM);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw SystemError("pipe2");
  output = high(UniqueFd(ends[0]));
  const UniqueFd words = high(UniqueFd(ends[1]));
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);
  const UniqueFd null = high(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  const auto standard = [&](const char* name, const UniqueFd& otherwise) {
    const auto at = cast->descriptors.find(name);
    return at == cast->descriptors.end() ? otherwise.get() : at->second.get();
  };
  zygote.order(Order::start, index,
               {sockets.theirs.get(), standard("stdin", null), standard("stdout", words),
                standard("stderr", words)});
  for (const char* name : {"stdin", "stdout", "stderr"}) cast->descriptors.erase(name);
  control = std::move(sockets.ours);

  std::string body = cast->role + '\0';
  std::vector<int> descriptors{faults.file()};
  body += std::string("faults") + '\0' + "@fd" + '\0';
  const UniqueFd payload = memory_file(cast->payload_bytes);
  descriptors.push_back(payload.get());
  body += std::string("payload") + '\0' + "@fd" + '\0';
  for (const auto& [name, fd] : cast->descriptors) {
    body += name + '\0' + "@fd" + '\0';
    descriptors.push_back(fd.get());
  }
  for (const auto& [name, text] : cast->arguments) body += name + '\0' + text + '\0';
  const subject::Frame frame{static_cast<std::uint32_t>(subject::ToRole::setup),
                             static_cast<std::uint32_t>(body.size())};
  send_with_descriptors(control.get(), std::as_bytes(std::span(&frame, 1)), descriptors);
  send_with_descriptors(control.get(), as_bytes(body), {});
  cast->descriptors.clear();
  cast->payload_bytes.clear();
  ::fcntl(control.get(), F_SETFL, O_NONBLOCK);
}

bool Player::meet(pid_t outside) {
  UniqueFd opened(static_cast<int>(::syscall(SYS_pidfd_open, outside, 0)));
  if (!opened) {
    if (errno == ESRCH) return false;  // the zygote has reaped it since we saw it
    throw SystemError("pidfd_open");
  }
  pid = outside;
  process = high(std::move(opened));
  open_before = open_files(pid);
  started = true;
  return true;
}

void Player::signal(int number) const {
  // Never by a number: that of a process which is gone can be somebody else's, and -1 is everybody.
  if (process) ::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0);
}

void Player::go() {
  const subject::Frame frame{static_cast<std::uint32_t>(subject::ToRole::go), 0};
  // A role that is gone is told of by the zygote.
  (void)::send(control.get(), &frame, sizeof frame, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Player::listen() {
  alignas(64) static thread_local std::array<std::byte, 1 << 16> piece;
  while (control) {
    const ssize_t n = ::recv(control.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR) control.reset();
      break;
    }
    if (n == 0) {
      control.reset();
      break;
    }
    taken_ += static_cast<std::size_t>(n);
    incoming_.insert(incoming_.end(), piece.begin(), piece.begin() + n);
    if (taken_ > most_reported) {
      control.reset();
      break;
    }
  }
  take_frames();
}

void Player::take_frames() {
  std::size_t at = 0;
  subject::Frame frame{};
  while (incoming_.size() - at >= sizeof frame) {
    std::memcpy(&frame, incoming_.data() + at, sizeof frame);
    if (incoming_.size() - at - sizeof frame < frame.size) break;
    take_frame(static_cast<FromRole>(frame.kind),
               std::span(incoming_).subspan(at + sizeof frame, frame.size));
    at += sizeof frame + frame.size;
  }
  incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<std::ptrdiff_t>(at));
}

void Player::take_frame(FromRole kind, std::span<const std::byte> body) {
  // Each in its time: a constructor that says that the work is done has done none.
  const bool at_work = started && !finished;
  switch (kind) {
    case FromRole::ready:
      if (ready) break;
      if (body.size() == sizeof base) std::memcpy(&base, body.data(), sizeof base);
      ready = true;
      break;
    case FromRole::report: {
      if (!at_work || result.reports.size() >= most_reports) break;
      const auto end = std::find(body.begin(), body.end(), std::byte{0});
      if (end == body.end()) break;
      result.reports.push_back({to_text({body.begin(), end}), {end + 1, body.end()}});
      break;
    }
    case FromRole::finished: {
      if (!at_work) break;
      std::vector<std::string> words = strings_in(to_text(body));
      words.resize(3);
      for (std::string& word : words) word.resize(std::min(word.size(), most_text));
      result.how = words[0];
      result.what = words[1];
      result.detail = words[2];
      finished = true;
      break;
    }
    case FromRole::trace: {
      subject::Trace trace{};
      if (body.size() < sizeof trace || traces.size() >= most_traces) break;
      std::memcpy(&trace, body.data(), sizeof trace);
      std::vector<std::uint64_t> addresses(
          std::min((body.size() - sizeof trace) / sizeof(std::uint64_t), most_addresses));
      std::memcpy(addresses.data(), body.data() + sizeof trace,
                  addresses.size() * sizeof(std::uint64_t));
      traces.push_back({trace.signal, trace.pid, std::move(addresses)});
      break;
    }
    case FromRole::broken:
      if (ready) break;
      result.broken = true;
      result.what = to_text(body.first(std::min(body.size(), most_text)));
      break;
  }
}

void Player::read_output() {
  alignas(64) static thread_local std::array<char, 1 << 16> piece;
  ssize_t n = 0;
  while (output && (n = ::read(output.get(), piece.data(), piece.size())) > 0) {
    result.output.append(piece.data(), static_cast<std::size_t>(n));
    if (result.output.size() > most_output) output.reset();
  }
  if (n == 0) output.reset();
}

}  // namespace judge
