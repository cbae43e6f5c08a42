#include "common/judge/subject.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <set>
#include <stdexcept>

#include "common/interleave/protocol.h"
#include "common/ipc/system_error.h"
#include "common/judge/autopsy.h"
#include "common/judge/memory_file.h"
#include "common/judge/processes.h"
#include "common/judge/symbolizer.h"

namespace judge {

using interleave::FaultPage;
using interleave::FromRole;
using interleave::News;
using interleave::Order;
using interleave::ZygoteNews;
using interleave::ZygoteOrder;
using ipc::SystemError;
using ipc::UniqueFd;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// What a run may use. CPU time is counted and not the clock, so that a busy machine changes
/// nothing.
constexpr std::uint64_t most_cpu_ms = 2000;
constexpr std::uint64_t most_memory = 1ULL << 30;
/// The watchdog, for what cannot be proven: everybody sleeps, or stands in a call with a timeout.
constexpr std::chrono::seconds longest_sleep{5};
constexpr std::size_t most_output = 1 << 20;     // of a role's own words, bytes
constexpr std::size_t most_reported = 64 << 20;  // by a role, bytes

struct SocketPair {
  UniqueFd ours, theirs;
};

SocketPair socket_pair(int type) {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) throw SystemError("socketpair");
  return {high(UniqueFd(ends[0])), high(UniqueFd(ends[1]))};
}

void send_with_descriptors(int socket, std::span<const std::byte> data,
                           const std::vector<int>& descriptors) {
  iovec part{const_cast<std::byte*>(data.data()), data.size()};
  alignas(cmsghdr) char room[CMSG_SPACE(32 * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = room;
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(c), descriptors.data(), descriptors.size() * sizeof(int));
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) throw SystemError("sendmsg");
  }
}

std::vector<std::string> strings_in(std::string_view text) {
  std::vector<std::string> strings;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    strings.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return strings;
}

/// The fault page, as the judge sees it.
class Faults {
 public:
  explicit Faults(const std::vector<interleave::FaultRule>& rules)
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
  ~Faults() { ::munmap(page_, sizeof(FaultPage)); }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  [[nodiscard]] int file() const { return file_.get(); }
  [[nodiscard]] const FaultPage& page() const { return *page_; }

 private:
  UniqueFd file_;
  FaultPage* page_ = nullptr;
};

/// A role while it runs.
struct Player {
  explicit Player(Cast& from) : cast(&from), faults(from.faults) { result.role = from.role; }

  Cast* cast;
  Faults faults;
  RoleResult result;
  UniqueFd control;       // our end
  UniqueFd output;        // what it prints
  Bytes incoming;         // not yet a whole frame
  std::size_t taken = 0;  // bytes from the control socket so far
  std::uint64_t base = 0;
  pid_t pid = -1;  // outside
  pid_t pid_inside = -1;
  std::vector<int> open_before;
  bool ready = false, finished = false, inspected = false, exited = false;
  struct Traced {
    int signal;
    pid_t pid;
    std::vector<std::uint64_t> addresses;
  };
  std::vector<Traced> traces;
};

}  // namespace

class Subject::Impl {
 public:
  Impl(const Kit& kit, Build build, const Image& image, const std::vector<std::string>& programs)
      : zygote_(socket_pair(SOCK_SEQPACKET)), symbolizer_(image.library.get()) {
    Sandbox sandbox(kit);
    for (const std::string& program : programs) {
      const std::size_t colon = program.find('=');
      if (colon == std::string::npos) {
        sandbox.show_program(program);
      } else {
        sandbox.show_ours(program.substr(colon + 1), program.substr(0, colon));
      }
    }
    std::vector<std::string> command{
        sandbox.show(kit.root() / "subject" / to_string(build) / "subject")};
    scratch_ = sandbox.scratch();
    for (const std::string& directory : sandbox.scratch_directories()) command.push_back(directory);
    Limits limits;
    if (build == Build::plain) limits.memory = 1ULL << 30;
    const UniqueFd null = high(UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
    process_.emplace(sandbox.start(
        command, scratch_, limits,
        {{null.get(), 0}, {null.get(), 1}, {null.get(), 2}, {zygote_.theirs.get(), 3}}));
    zygote_.theirs.reset();
    if (next_news().news != News::ready) throw std::runtime_error("the zygote did not start");
    if (image.library) order(Order::load, 0, {image.library.get()});
  }

  RunResult run(Scenario scenario);

  [[nodiscard]] const std::string& scratch() const { return scratch_; }

 private:
  friend class Performance;

  void order(Order what, std::uint32_t argument, const std::vector<int>& descriptors = {},
             const std::string& path = {}) {
    ZygoteOrder order{};
    order.order = what;
    order.argument = argument;
    path.copy(order.path, sizeof order.path - 1);
    send_with_descriptors(zygote_.ours.get(), std::as_bytes(std::span(&order, 1)), descriptors);
  }

  ZygoteNews next_news(UniqueFd* descriptor = nullptr) {
    ZygoteNews news{};
    iovec part{&news, sizeof news};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    ssize_t n;
    while ((n = ::recvmsg(zygote_.ours.get(), &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
    }
    if (n != static_cast<ssize_t>(sizeof news)) {
      throw std::runtime_error("the sandbox ended before its time: the zygote is gone");
    }
    if (const cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr && c->cmsg_type == SCM_RIGHTS) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
      UniqueFd received(fd);
      if (descriptor != nullptr) *descriptor = high(std::move(received));
    }
    return news;
  }

  SocketPair zygote_;
  Symbolizer symbolizer_;
  std::string scratch_;
  std::optional<Process> process_;
};

/// One run, from the first fork to the last trace of it.
class Performance : public Observer {
 public:
  Performance(Subject::Impl& subject, Scenario scenario)
      : subject_(subject), scenario_(std::move(scenario)) {
    for (Cast& cast : scenario_.roles) players_.push_back(std::make_unique<Player>(cast));
  }

  RunResult run() {
    cpu_before_ = cpu_ms_of_reaped(subject_.process_->first());
    for (std::size_t i = 0; i < players_.size(); ++i) start(i);
    loop([&] {
      return std::all_of(players_.begin(), players_.end(),
                         [](const auto& p) { return p->ready || p->exited; });
    });
    for (const auto& player : players_) {
      player->pid = outside(player->pid_inside);
      if (!player->ready) continue;
      for (const OpenFile& file : open_files(player->pid)) player->open_before.push_back(file.fd);
      go(*player);
    }
    loop([&] {
      return std::all_of(players_.begin(), players_.end(), [](const auto& p) { return p->exited; });
    });
    if (!over_) look_for_strays();
    end();
    return collect();
  }

  // Observer
  UniqueFd open(const std::string& path, int flags) override {
    subject_.order(Order::open, static_cast<std::uint32_t>(flags), {}, path);
    UniqueFd opened;
    ZygoteNews news;
    while ((news = subject_.next_news(&opened)).news != News::opened) take(news);
    if (news.status != 0) throw SystemError("open", news.status);
    return opened;
  }
  bool finished(Role role) const override { return player(role).finished; }
  const RoleResult& so_far(Role role) const override { return player(role).result; }
  void let_go(Role role) override { go(const_cast<Player&>(player(role))); }
  void let_all_go() override {
    for (const auto& player : players_) go(*player);
  }
  void signal(Role role, int number) override { ::kill(player(role).pid, number); }
  void kill(Role role) override { ::kill(player(role).pid, SIGKILL); }

 private:
  [[nodiscard]] const Player& player(Role role) const {
    for (const auto& player : players_) {
      if (player->result.role == role.name) return *player;
    }
    throw std::logic_error(std::string("no role ") + role.name + " in this scenario");
  }

  void start(std::size_t index) {
    Player& player = *players_[index];
    Cast& cast = *player.cast;
    SocketPair control = socket_pair(SOCK_STREAM);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw SystemError("pipe2");
    player.output = high(UniqueFd(ends[0]));
    const UniqueFd words = high(UniqueFd(ends[1]));
    ::fcntl(player.output.get(), F_SETFL, O_NONBLOCK);
    const UniqueFd null = high(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
    const auto standard = [&](const char* name, const UniqueFd& otherwise) {
      const auto at = cast.descriptors.find(name);
      return at == cast.descriptors.end() ? otherwise.get() : at->second.get();
    };
    subject_.order(Order::start, static_cast<std::uint32_t>(index),
                   {control.theirs.get(), standard("stdin", null), standard("stdout", words),
                    standard("stderr", words)});
    for (const char* name : {"stdin", "stdout", "stderr"}) cast.descriptors.erase(name);
    player.control = std::move(control.ours);

    std::string body = cast.role + '\0';
    std::vector<int> descriptors{player.faults.file()};
    body += std::string("faults") + '\0' + "@fd" + '\0';
    const UniqueFd payload = memory_file(cast.payload_bytes);
    descriptors.push_back(payload.get());
    body += std::string("payload") + '\0' + "@fd" + '\0';
    for (const auto& [name, fd] : cast.descriptors) {
      body += name + '\0' + "@fd" + '\0';
      descriptors.push_back(fd.get());
    }
    for (const auto& [name, text] : cast.arguments) body += name + '\0' + text + '\0';
    const interleave::Frame frame{static_cast<std::uint32_t>(interleave::ToRole::setup),
                                  static_cast<std::uint32_t>(body.size())};
    send_with_descriptors(player.control.get(), std::as_bytes(std::span(&frame, 1)), descriptors);
    send_with_descriptors(player.control.get(), as_bytes(body), {});
    cast.descriptors.clear();
    cast.payload_bytes.clear();
    ::fcntl(player.control.get(), F_SETFL, O_NONBLOCK);
  }

  static void go(Player& player) {
    const interleave::Frame frame{static_cast<std::uint32_t>(interleave::ToRole::go), 0};
    // A role that is gone is told of by the zygote.
    (void)::send(player.control.get(), &frame, sizeof frame, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  pid_t outside(pid_t inside) const {
    for (const ProcessState& process : processes_below(subject_.process_->first())) {
      if (process.pid_inside == inside) return process.pid;
    }
    return -1;
  }

  // Runs until `until`, or until the run is over because it cannot go on.
  template <class Until>
  void loop(Until until) {
    std::optional<Stillness> before;
    auto last_progress = steady_clock::now();
    auto last_look = last_progress;
    milliseconds patience{2};
    while (!over_ && !until()) {
      if (step(patience)) {
        before.reset();
        patience = milliseconds{2};
        last_progress = steady_clock::now();
        // Whoever talks all the time is looked at all the same, for the limits on CPU and memory.
        if (last_progress - last_look < milliseconds{200}) continue;
      }
      last_look = steady_clock::now();
      Stillness now = look(subject_.process_->first());
      enforce_limits(now);
      if (over_) break;
      const bool still =
          before && everybody_is_in(now) && same(*before, now) && !step(milliseconds{0});
      if (still && now.all_blocked && !timers_set()) {
        if (scenario_.quiet && scenario_.quiet(*this)) {
          before.reset();
          continue;
        }
        // The check may have done something after all, which failed.
        if (step(milliseconds{0}) || !same(now, look(subject_.process_->first()))) {
          before.reset();
          continue;
        }
        result_.deadlock = true;
        perform_autopsy(now);
        over_ = true;
      } else if ((now.only_timers || (now.all_blocked && timers_set())) &&
                 steady_clock::now() - last_progress > longest_sleep) {
        result_.too_long = true;
        perform_autopsy(now);
        over_ = true;
      }
      before = std::move(now);
      patience = std::min(patience * 2, milliseconds{50});
    }
  }

  // A list of processes that is read while they come and go may miss one.
  [[nodiscard]] bool everybody_is_in(const Stillness& now) const {
    return std::all_of(players_.begin(), players_.end(), [&](const auto& player) {
      return player->exited ||
             std::any_of(now.processes.begin(), now.processes.end(), [&](const auto& process) {
               return process.pid_inside == player->pid_inside;
             });
    });
  }

  // Waits for anything to happen, and takes what has; false if nothing did.
  bool step(milliseconds patience) {
    std::vector<pollfd> events{{subject_.zygote_.ours.get(), POLLIN, 0}};
    for (const auto& player : players_) {
      events.push_back({player->control.get(), POLLIN, 0});
      events.push_back({player->output.get(), POLLIN, 0});
    }
    for (const Peer* peer : scenario_.peers) events.push_back(peer->interest());
    const int ready = ::poll(events.data(), events.size(), static_cast<int>(patience.count()));
    if (ready <= 0) return false;
    if (events[0].revents != 0) take(subject_.next_news());
    for (std::size_t i = 0; i < players_.size(); ++i) {
      if (events[1 + 2 * i].revents != 0) listen(*players_[i]);
      if (events[2 + 2 * i].revents != 0) read_output(*players_[i]);
    }
    for (std::size_t i = 0; i < scenario_.peers.size(); ++i) {
      if (events[1 + 2 * players_.size() + i].revents != 0) scenario_.peers[i]->act();
    }
    // Who has come to the end of his body leaves at once: others may wait for his descriptors to be
    // closed.
    for (const auto& player : players_) {
      if (!player->finished || player->exited || std::exchange(player->inspected, true)) continue;
      inspect(*player);
      go(*player);
    }
    return true;
  }

  void take(const ZygoteNews& news) {
    if (news.news == News::litter) {
      result_.litter.emplace_back(news.name, ::strnlen(news.name, sizeof news.name));
      return;
    }
    if (news.news == News::ended) ended_ = true;
    if (news.index >= players_.size()) return;
    Player& player = *players_[news.index];
    if (news.news == News::started) player.pid_inside = news.pid;
    if (news.news == News::exited) {
      if (news.pid <= 0) throw std::runtime_error("the zygote cannot fork");
      listen(player);
      read_output(player);
      player.exited = true;
      player.result.status = news.status;
    }
  }

  void listen(Player& player) {
    static thread_local std::array<std::byte, 1 << 16> piece;
    while (player.control) {
      const ssize_t n = ::recv(player.control.get(), piece.data(), piece.size(), MSG_DONTWAIT);
      if (n < 0) {
        if (errno != EAGAIN && errno != EINTR) player.control.reset();
        break;
      }
      if (n == 0) {
        player.control.reset();
        break;
      }
      player.taken += static_cast<std::size_t>(n);
      player.incoming.insert(player.incoming.end(), piece.begin(), piece.begin() + n);
      if (player.taken > most_reported) {
        player.control.reset();
        break;
      }
    }
    take_frames(player);
  }

  static void take_frames(Player& player) {
    std::size_t at = 0;
    interleave::Frame frame{};
    while (player.incoming.size() - at >= sizeof frame) {
      std::memcpy(&frame, player.incoming.data() + at, sizeof frame);
      if (player.incoming.size() - at - sizeof frame < frame.size) break;
      take_frame(player, static_cast<FromRole>(frame.kind),
                 std::span(player.incoming).subspan(at + sizeof frame, frame.size));
      at += sizeof frame + frame.size;
    }
    player.incoming.erase(player.incoming.begin(),
                          player.incoming.begin() + static_cast<std::ptrdiff_t>(at));
  }

  static void take_frame(Player& player, FromRole kind, std::span<const std::byte> body) {
    const std::string text = to_text(body);
    switch (kind) {
      case FromRole::ready:
        if (body.size() == sizeof player.base) {
          std::memcpy(&player.base, body.data(), sizeof player.base);
        }
        player.ready = true;
        break;
      case FromRole::report:
        if (const std::size_t end = text.find('\0'); end != std::string::npos) {
          player.result.reports.push_back({text.substr(0, end), to_bytes(text.substr(end + 1))});
        }
        break;
      case FromRole::finished: {
        std::vector<std::string> words = strings_in(text);
        words.resize(3);
        player.result.how = words[0];
        player.result.what = words[1];
        player.result.detail = words[2];
        player.finished = true;
        break;
      }
      case FromRole::trace: {
        interleave::Trace trace{};
        if (body.size() < sizeof trace || player.traces.size() > 64) break;
        std::memcpy(&trace, body.data(), sizeof trace);
        std::vector<std::uint64_t> addresses((body.size() - sizeof trace) / sizeof(std::uint64_t));
        std::memcpy(addresses.data(), body.data() + sizeof trace,
                    addresses.size() * sizeof(std::uint64_t));
        player.traces.push_back({trace.signal, trace.pid, std::move(addresses)});
        break;
      }
      case FromRole::broken:
        player.result.broken = true;
        player.result.what = text;
        break;
    }
  }

  static void read_output(Player& player) {
    static thread_local std::array<char, 1 << 16> piece;
    ssize_t n = 0;
    while (player.output && (n = ::read(player.output.get(), piece.data(), piece.size())) > 0) {
      player.result.output.append(piece.data(), static_cast<std::size_t>(n));
      if (player.result.output.size() > most_output) player.output.reset();
    }
    if (n == 0) player.output.reset();
  }

  [[nodiscard]] bool timers_set() const {
    return std::any_of(players_.begin(), players_.end(),
                       [](const auto& player) { return player->faults.page().timers.load() != 0; });
  }

  void enforce_limits(const Stillness& now) {
    const std::uint64_t cpu = cpu_ms(subject_.process_->first(), now) - cpu_before_;
    std::uint64_t memory = 0;
    for (const ProcessState& process : now.processes) memory += process.memory;
    result_.livelock = cpu > most_cpu_ms;
    result_.too_much_memory = memory > most_memory;
    over_ = result_.livelock || result_.too_much_memory;
    if (result_.livelock) perform_autopsy(now);
  }

  void perform_autopsy(const Stillness& now) {
    std::set<pid_t> done;
    for (const auto& player : players_) {
      if (player->finished) done.insert(player->pid);
    }
    result_.autopsy.sentences = explain(now, scenario_.peers, done);
    // Those that still run our subject can say where they stand.
    std::size_t asked = 0;
    for (const ProcessState& process : now.processes) {
      if (process.is_role_program && !process.zombie && !done.contains(process.pid)) {
        ::kill(process.pid, SIGCONT);
        if (::kill(process.pid, interleave::where_are_you) == 0) ++asked;
      }
    }
    const auto answers = [&] {
      std::size_t count = 0;
      for (const auto& player : players_) count += player->traces.size();
      return count;
    };
    const std::size_t before = answers();
    const auto end = steady_clock::now() + milliseconds{500};
    while (answers() < before + asked && steady_clock::now() < end) step(milliseconds{20});
    for (const ProcessState& process : now.processes) {
      for (const auto& player : players_) {
        for (const auto& trace : player->traces) {
          if (trace.signal != 0 || trace.pid != process.pid_inside) continue;
          auto places = subject_.symbolizer_.places(player->base, trace.addresses);
          if (places.empty()) continue;
          Place place = places.front();
          place.text = "`" + process.name + "` is here, in " + place.text;
          result_.autopsy.where.push_back(std::move(place));
        }
      }
    }
  }

  // A role has come to the end of its body and waits for us: what has it left behind?
  void inspect(Player& player) {
    for (const OpenFile& file : open_files(player.pid)) {
      if (std::find(player.open_before.begin(), player.open_before.end(), file.fd) ==
          player.open_before.end()) {
        player.result.leaks.push_back({file.fd, file.object});
      }
    }
    for (const ProcessState& process : processes_below(subject_.process_->first())) {
      if (process.pid == player.pid) {
        player.result.threads = static_cast<int>(process.threads.size());
      }
      if (process.parent != player.pid) continue;
      player.result.children.push_back("`" + process.name + "`" +
                                       (process.zombie ? " (a zombie)" : " (still running)"));
    }
  }

  void look_for_strays() {
    for (const ProcessState& process : processes_below(subject_.process_->first())) {
      if (!process.zombie) result_.strays.push_back("`" + process.name + "`");
    }
  }

  void end() {
    subject_.order(Order::end, 0);
    while (!ended_) take(subject_.next_news());
    for (Peer* peer : scenario_.peers) peer->run_ended();
    for (const auto& player : players_) {
      listen(*player);
      read_output(*player);
    }
  }

  RunResult collect() {
    for (const auto& player : players_) {
      const FaultPage& page = player->faults.page();
      for (std::size_t i = 0; i < player->result.met.size(); ++i) {
        player->result.met[i] = page.met[i].load();
      }
      player->result.shell_calls = page.shell_calls.load();
      for (const auto& trace : player->traces) {
        if (trace.signal == 0 || !player->result.crash.empty()) continue;
        player->result.crash = subject_.symbolizer_.places(player->base, trace.addresses);
      }
      result_.roles.push_back(std::move(player->result));
    }
    return std::move(result_);
  }

  Subject::Impl& subject_;
  Scenario scenario_;
  std::vector<std::unique_ptr<Player>> players_;
  RunResult result_;
  std::uint64_t cpu_before_ = 0;
  bool over_ = false;
  bool ended_ = false;
};

RunResult Subject::Impl::run(Scenario scenario) {
  return Performance(*this, std::move(scenario)).run();
}

Subject::Subject(const Kit& kit, Build build, const Image& image,
                 const std::vector<std::string>& programs)
    : impl_(std::make_unique<Impl>(kit, build, image, programs)) {}
Subject::~Subject() = default;
RunResult Subject::run(Scenario scenario) { return impl_->run(std::move(scenario)); }
std::string Subject::scratch() const { return impl_->scratch(); }

const Bytes* RoleResult::reported(std::string_view tag) const {
  for (const Report& report : reports) {
    if (report.tag == tag) return &report.data;
  }
  return nullptr;
}

std::vector<std::string> RoleResult::all(std::string_view tag) const {
  std::vector<std::string> texts;
  for (const Report& report : reports) {
    if (report.tag == tag) texts.push_back(to_text(report.data));
  }
  return texts;
}

int RoleResult::error() const { return how == "system-error" ? std::atoi(detail.c_str()) : 0; }

const RoleResult& RunResult::of(Role role) const {
  for (const RoleResult& result : roles) {
    if (result.role == role.name) return result;
  }
  throw std::logic_error(std::string("no role ") + role.name + " in this run");
}

}  // namespace judge
