#include "common/explore/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace explore {

using interleave::Cell;
using interleave::cells_in_block;
using interleave::Control;
using ipc::SystemError;
using ipc::UniqueFd;

namespace {

constexpr std::size_t most_reports = 4U << 20;  // bytes

[[noreturn]] void become(const std::filesystem::path& file,
                         const std::vector<std::string>& arguments, const Links& links) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // As if it had been started by a shell.
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Addresses are part of what a run depends on, through tables that are ordered by them.
  ::personality(ADDR_NO_RANDOMIZE);
  ::dup2(links.segment, segment_fd);
  ::dup2(links.orders, orders_fd);
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  ::dup2(links.printed, 1);
  ::dup2(links.printed, 2);
  static std::string variable = links_variable;
  ::putenv(variable.data());
  std::vector<std::string> all{file.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> list;
  for (std::string& word : all) list.push_back(word.data());
  list.push_back(nullptr);
  ::execv(list[0], list.data());
  ::_exit(127);
}

/// A child of ours.
class Child final : public Server {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() override {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const override { return pid_; }
  int wait() override {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

UniqueFd memory_to_write(const char* name) {
  UniqueFd memory(::memfd_create(name, MFD_CLOEXEC));
  if (!memory) throw SystemError("memfd_create");
  ::fcntl(memory.get(), F_SETFL, O_APPEND);
  return memory;
}

std::string content_of(const UniqueFd& memory, std::size_t most) {
  struct stat status {};
  ::fstat(memory.get(), &status);
  std::string text(std::min(most, static_cast<std::size_t>(status.st_size)), '\0');
  const ssize_t n = ::pread(memory.get(), text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

// Whether what a run has left can be believed. What a wild pointer of the program leaves hardly
// can: nothing here depends on chance, and so nothing is to be other than the engine would write
// it.
bool is_sound(const Control& run) {
  using namespace interleave;
  const auto in = [](auto value, auto most) { return static_cast<std::size_t>(value) <= most; };
  if (run.version != control_version || run.ended.load() != 1) return false;
  if (!in(run.threads, most_threads) || !in(run.processes, most_threads) || run.threads == 0 ||
      run.processes == 0 || !in(run.objects, most_objects) || !in(run.paths, most_paths) ||
      !in(run.steps, most_steps) || !in(run.decisions, most_decisions) ||
      !in(run.regions, most_regions) || !in(run.cells, most_shared_bytes) ||
      !in(run.histories, most_histories) || !in(run.news, most_news) ||
      !in(run.sharers, most_sharers)) {
    return false;
  }
  const Outcome outcome = run.verdict.outcome;
  if (outcome == Outcome::running || outcome > Outcome::spoiled) return false;
  if (!in(run.plan.forced, most_decisions)) return false;
  for (std::uint32_t i = 0; i < run.decisions; ++i) {
    const Decision& decision = run.decision[i];
    if (decision.choice > Choice::fault || decision.options < 2 ||
        decision.taken >= decision.options || decision.step > run.steps) {
      return false;
    }
    if (i < run.plan.forced && decision.taken != run.plan.choices[i]) return false;
  }
  for (std::uint32_t i = 0; i < run.steps; ++i) {
    const Step& step = run.step[i];
    if (step.op == Op::none || step.op > Op::other || step.thread >= run.threads ||
        step.object >= run.objects || step.path >= most_paths) {
      return false;
    }
  }
  for (std::uint32_t i = 0; i < run.news; ++i) {
    if (run.news_of[i].step >= run.steps || run.news_of[i].thread >= run.threads) return false;
  }
  for (std::uint32_t i = 0; i < run.threads; ++i) {
    const Thread& thread = run.thread[i];
    if (thread.state > State::ended || thread.process >= run.processes) return false;
    if (outcome == Outcome::finished && thread.state != State::ended) return false;
  }
  for (std::uint32_t i = 1; i < run.objects; ++i) {
    if (run.object[i].kind == Kind::none || run.object[i].kind > Kind::world) return false;
  }
  for (std::uint32_t i = 1; i < run.paths; ++i) {
    if (run.path[i].parent >= i) return false;
  }
  return true;
}

}  // namespace

Start in_the_open(const std::filesystem::path& file, const std::vector<std::string>& arguments) {
  return [file = std::filesystem::absolute(file), arguments](const Links& links) {
    const pid_t server = ::fork();
    if (server < 0) throw SystemError("fork");
    if (server == 0) become(file, arguments, links);
    return std::make_unique<Child>(server);
  };
}

Program::Program(std::string name, const Start& start) : name_(std::move(name)) {
  const UniqueFd segment(::memfd_create("interleave", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!segment) throw SystemError("memfd_create");
  if (::ftruncate(segment.get(), sizeof(Control)) != 0) throw SystemError("ftruncate");
  ::fcntl(segment.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  void* memory =
      ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, segment.get(), 0);
  if (memory == MAP_FAILED) throw SystemError("mmap");
  control_ = static_cast<Control*>(memory);
  // Only what is not zero; the rest of it comes into being when it is touched.
  control_->version = interleave::control_version;
  new (&control_->plan) interleave::Plan{};
  // The first run begins as every other does: with a lock of zeros it would be main's.
  control_->objects = interleave::most_objects;
  control_->threads = control_->processes = interleave::most_threads;
  control_->histories = interleave::most_histories;
  begin_anew();

  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw SystemError("socketpair");
  orders_ = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);
  printed_ = memory_to_write("output");
  reports_ = memory_to_write("reports");
  server_ = start({segment.get(), theirs.get(), printed_.get(), reports_.get()});
}

Program::~Program() {
  orders_.reset();
  server_.reset();
  if (control_ != nullptr) ::munmap(control_, sizeof(Control));
}

void Program::begin_anew() {
  Control& c = *control_;
  for (std::size_t block = 0; block * cells_in_block < c.cells; ++block) {
    if (std::exchange(c.touched[block], std::uint8_t{0}) == 0) continue;
    std::memset(static_cast<void*>(&c.cell[block * cells_in_block]), 0,
                cells_in_block * sizeof(Cell));
  }
  const auto within = [](std::uint32_t count, std::size_t most) {
    return std::min<std::size_t>(count, most);
  };
  for (std::size_t i = 0; i < within(c.objects, interleave::most_objects); ++i) {
    c.object[i] = interleave::Object{};
  }
  std::memset(c.object_hash, 0, sizeof c.object_hash);
  for (std::size_t i = 0; i < within(c.threads, interleave::most_threads); ++i) {
    c.thread[i].~Thread();
    new (&c.thread[i]) interleave::Thread{};
  }
  for (std::size_t i = 0; i < within(c.processes, interleave::most_threads); ++i) {
    c.process[i] = interleave::Process{};
  }
  for (std::size_t i = 0; i < within(c.histories, interleave::most_histories); ++i) {
    c.history[i] = interleave::History{};
  }
  c.verdict = interleave::Verdict{};
  c.holder = c.last = interleave::nobody;
  c.dying = c.dying_thread = 0;
  c.threads = c.processes = c.steps = c.decisions = c.regions = c.cells = 0;
  c.objects = c.histories = c.sharers = 1;
  c.paths = std::max(c.paths, 1U);  // where the code is stays the same
  c.litter = c.timers = c.news = c.anonymous = 0;
  c.changes = c.state = 0;
  c.now = 0;
  c.run_length = c.turn = c.turn_steps = c.cost = c.preparing = c.assembled = c.prepared = 0;
  c.fence = interleave::Clock{};
  // A generator of this kind must not begin with 0.
  c.random = (c.plan.seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
  c.ended.store(0);
  c.paused.store(0);
}

// Of a run's processes one runs at a time, and never while we do: they do best where we are, and
// where that is the kernel decides anew whenever we are woken.
void Program::keep_here() {
  const int processor = ::sched_getcpu();
  if (processor < 0 || processor == processor_) return;
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(processor, &here);
  // A server of somebody else's may not let us; it runs all the same.
  if (::sched_setaffinity(server_->pid(), sizeof here, &here) == 0) processor_ = processor;
}

void Program::run() {
  begin_anew();
  keep_here();
  for (const UniqueFd* memory : {&printed_, &reports_}) {
    if (::ftruncate(memory->get(), 0) != 0) throw SystemError("ftruncate");
  }
  char order = 'r';
  if (::send(orders_.get(), &order, 1, MSG_NOSIGNAL) != 1 ||
      ::recv(orders_.get(), &order, 1, 0) != 1) {
    // Who has closed its end ends.
    const int status = server_->wait();
    if (WIFSIGNALED(status)) {
      throw std::runtime_error(
          name_ + ": the process from which runs are forked was ended by signal " +
          std::to_string(WTERMSIG(status)) + ": does the program kill its parent?");
    }
    throw std::runtime_error(
        name_ + " does not answer: it has to be linked with the engine" +
        (WIFEXITED(status) ? " (exit status " + std::to_string(WEXITSTATUS(status)) + ")" : ""));
  }
  if (!is_sound(*control_)) begin_from_scratch();
}

void Program::begin_from_scratch() {
  // Zeroes, and no memory; the plan goes on to be what the explorer wants.
  if (::madvise(control_, sizeof(Control), MADV_REMOVE) != 0) throw SystemError("madvise");
  control_->version = interleave::control_version;
  new (&control_->plan) interleave::Plan{};
  begin_anew();
  control_->verdict.outcome = interleave::Outcome::spoiled;
  std::strcpy(control_->verdict.text,
              "the program has written over the memory in which the engine keeps its books.");
}

std::string Program::output() { return content_of(printed_, 4096); }

std::string Program::reports() { return content_of(reports_, most_reports); }

}  // namespace explore
