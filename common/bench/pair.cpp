#include "common/bench/pair.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <vector>

#include "common/bench/clock.h"
#include "common/bench/memory.h"
#include "common/bench/waiting.h"
#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace bench {

namespace {

using ipc::SystemError;
using ipc::UniqueFd;

/// Which of the two processes.
enum class Side : std::size_t { first, second };

/// What the two and their parent tell each other, in memory that all three share.
struct Control {
  std::atomic<int> arrived{0};  ///< how often somebody has come to meet()
  std::uint64_t begun = 0;      ///< nanoseconds
  std::uint64_t ended = 0;
  double p50_ns = 0;
  double p99_ns = 0;
  double trips_ns = 0;  ///< the sum of all trips
  std::array<long, 2> preempted{};
  std::array<std::array<char, 400>, 2> went_wrong{};  ///< what, in words; empty if nothing has
};

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) < 0) throw SystemError("sched_setaffinity");
}

long preemptions() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

/// The value below which `part` of all lie. Reorders them.
double percentile(Trips& trips, double part) {
  if (trips.empty()) return 0;
  const auto rank = static_cast<std::size_t>(part * static_cast<double>(trips.size() - 1));
  std::nth_element(trips.begin(), trips.begin() + static_cast<std::ptrdiff_t>(rank), trips.end());
  return trips[rank];
}

/// A message's bytes, at the beginning of a cache line and of a page.
struct Message {
  explicit Message(std::size_t size)
      : bytes(static_cast<std::byte*>(::operator new (size, std::align_val_t{4096})), size) {
    std::memset(bytes.data(), 1, size);
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() { ::operator delete (bytes.data(), std::align_val_t{4096}); }

  std::span<std::byte> bytes;
};

/// A pipe, to wait for each other asleep.
struct Signal {
  Signal() {
    std::array<int, 2> fds{};
    if (::pipe(fds.data()) < 0) throw SystemError("pipe");
    out.reset(fds[0]);
    in.reset(fds[1]);
  }
  UniqueFd out;
  UniqueFd in;
};

/// What one of the two processes does.
class Worker {
 public:
  Worker(const Job& job, Side side, Control& control, Link& there, Link& back, Signal& to_first,
         Signal& to_second)
      : job_(job),
        side_(side),
        control_(control),
        there_(there),
        back_(back),
        to_first_(to_first),
        to_second_(to_second),
        message_(job.payload) {}

  void work() {
    pin(side_ == Side::first ? job_.cpus.first : job_.cpus.second);
    Waiting::share_one_core(job_.cpus.first == job_.cpus.second);
    open();
    const std::uint64_t whole = job_.payload > 64 * 1024 ? 4 : 16;
    hand_over(whole, true);
    hand_over(job_.count / 8 + 16, false);
    Trips trips;
    if (job_.kind != Kind::rate && side_ == Side::first) {
      trips.reserve(std::min<std::uint64_t>(job_.count, most_trips));
      std::fill_n(std::back_inserter(trips), trips.capacity(), 0);  // its pages come now
      trips.clear();
    }
    const long preempted = preemptions();
    const std::uint64_t ticks_begin = ticks();
    const std::uint64_t ns_begin = nanoseconds();
    meet();
    if (side_ == Side::first) control_.begun = nanoseconds();
    const std::uint64_t sum = hand_over(job_.count, false, &trips);
    if (receives_last()) control_.ended = nanoseconds();
    control_.preempted[static_cast<std::size_t>(side_)] = preemptions() - preempted;
    if (job_.kind != Kind::rate && side_ == Side::first) {
      const double ns_per_tick = static_cast<double>(nanoseconds() - ns_begin) /
                                 static_cast<double>(ticks() - ticks_begin);
      control_.trips_ns = static_cast<double>(sum) * ns_per_tick;
      control_.p50_ns = percentile(trips, 0.50) * ns_per_tick;
      control_.p99_ns = percentile(trips, 0.99) * ns_per_tick;
    }
    wait_for_the_other();
    hand_over(whole, true);
    wait_for_the_other();
    there_.close();
    if (two_ways()) back_.close();
  }

 private:
  [[nodiscard]] bool two_ways() const { return job_.kind != Kind::rate; }
  [[nodiscard]] bool receives_last() const {
    return job_.transport->alone || (side_ == Side::second) == (job_.kind == Kind::rate);
  }

  // Senders first: what a receiver opens has to be there.
  void open() {
    if (side_ == Side::first) {
      there_.open_sender();
    } else if (two_ways()) {
      back_.open_sender();
    }
    meet();
    if (job_.transport->alone || side_ == Side::second) there_.open_receiver();
    if (side_ == Side::first && two_ways()) back_.open_receiver();
    meet();
  }

  std::uint64_t hand_over(std::uint64_t count, bool whole, Trips* trips = nullptr) {
    Batch batch{.first = next_, .count = count, .whole = whole, .message = message_.bytes};
    // Longer than whoever looks twice before it sleeps looks.
    if (job_.kind == Kind::asleep) batch.pause_ns = 300'000;
    next_ += count;
    if (job_.transport->alone) {
      Batch received = batch;
      if (!other_message_) other_message_ = std::make_unique<Message>(job_.payload);
      received.message = other_message_->bytes;
      there_.both(batch, received);
      return 0;
    }
    if (side_ == Side::first) {
      if (two_ways()) return there_.ping(back_, batch, trips);
      there_.send(batch);
    } else {
      if (two_ways()) {
        there_.pong(back_, batch);
      } else {
        there_.receive(batch);
      }
    }
    return 0;
  }

  /// Until the other one is here, too. Busily, so that both go on at the same moment.
  void meet() {
    if (job_.transport->alone) return;
    meetings_ += 2;
    control_.arrived.fetch_add(1);
    while (control_.arrived.load() < meetings_) Waiting::once();
  }

  /// Until the other one has come so far, too. Asleep: a library's own threads may still be sending
  /// what we gave them, on the processor of who has called it.
  void wait_for_the_other() {
    if (job_.transport->alone) return;
    char byte = 0;
    const bool is_first = side_ == Side::first;
    if (::write((is_first ? to_second_ : to_first_).in.get(), &byte, 1) != 1) {
      throw SystemError("write");
    }
    if (::read((is_first ? to_first_ : to_second_).out.get(), &byte, 1) != 1) {
      throw SystemError("read");
    }
  }

  const Job& job_;
  Side side_;
  Control& control_;
  Link& there_;
  Link& back_;
  Signal& to_first_;
  Signal& to_second_;
  Message message_;
  std::unique_ptr<Message> other_message_;
  Word next_ = 1;
  int meetings_ = 0;
};

/// A forked process; killed if it is still there when its owner goes.
class Child {
 public:
  template <class Body>
  Child(const Body& body, std::span<char> went_wrong) {
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw SystemError("fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(3);  // it died before we said so
      try {
        body();
        ::_exit(0);
      } catch (const std::exception& error) {
        const std::string_view what = error.what();
        const std::size_t length = std::min(what.size(), went_wrong.size() - 1);
        std::memcpy(went_wrong.data(), what.data(), length);
      }
      ::_exit(1);
    }
    handle_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  /// Can be polled for its end.
  [[nodiscard]] int handle() const { return handle_.get(); }

  /// @returns as waitpid(2) tells it.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  UniqueFd handle_;
};

/// @throws Failed  as soon as one of them has not ended well, or `most_time` is over.
void wait_for(std::vector<std::unique_ptr<Child>>& children, Control& control,
              std::chrono::milliseconds most_time) {
  const std::uint64_t deadline =
      nanoseconds() + static_cast<std::uint64_t>(most_time.count()) * 1'000'000;
  std::vector<pollfd> ends;
  for (const auto& child : children) ends.push_back({child->handle(), POLLIN, 0});
  for (std::size_t left = children.size(); left > 0;) {
    const std::uint64_t now = nanoseconds();
    const int ms = now < deadline ? static_cast<int>((deadline - now) / 1'000'000) + 1 : 0;
    const int ready = ::poll(ends.data(), ends.size(), ms);
    if (ready < 0 && errno != EINTR) throw SystemError("poll");
    if (ready == 0) {
      throw Failed("it has not come to an end after " + std::to_string(most_time.count() / 1000) +
                   " s: one of the two waits for something that does not come");
    }
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ready < 0 || ends[i].revents == 0) continue;
      ends[i].fd = -1;  // poll(2) passes it over from now on
      --left;
      const int status = children[i]->wait();
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
      if (control.went_wrong[i][0] != '\0') throw Failed(control.went_wrong[i].data());
      throw Failed(WIFSIGNALED(status)
                       ? std::string("a process was ended by signal ") +
                             ::strsignal(WTERMSIG(status))
                       : "a process ended with exit status " + std::to_string(WEXITSTATUS(status)));
    }
  }
}

}  // namespace

Measured measure(const Job& job) {
  static int jobs = 0;
  const std::string name =
      "ipclab-bench-" + std::to_string(::getpid()) + "-" + std::to_string(++jobs);
  const Memory memory(sizeof(Control));
  auto& control = *new (memory.bytes().data()) Control;
  Setting setting{.payload = job.payload, .buffer = job.buffer, .name = name + "-there"};
  const std::unique_ptr<Link> there = job.transport->link(setting);
  setting.name = name + "-back";
  setting.there = false;
  std::unique_ptr<Link> back;
  if (job.kind != Kind::rate) back = job.transport->link(setting);
  Signal to_first;
  Signal to_second;

  std::vector<std::unique_ptr<Child>> children;
  for (const Side side : {Side::first, Side::second}) {
    if (job.transport->alone && side == Side::second) continue;
    children.push_back(std::make_unique<Child>(
        [&] {
          Worker(job, side, control, *there, back ? *back : *there, to_first, to_second).work();
        },
        control.went_wrong[static_cast<std::size_t>(side)]));
  }
  wait_for(children, control, job.most_time);

  const double seconds = job.kind == Kind::rate
                             ? static_cast<double>(control.ended - control.begun) * 1e-9
                             : control.trips_ns * 1e-9;
  return {.seconds = seconds,
          .p50_ns = control.p50_ns,
          .p99_ns = control.p99_ns,
          .preempted = control.preempted[0] + control.preempted[1]};
}

}  // namespace bench
