#include "common/explore/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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

[[noreturn]] void become(const std::filesystem::path& file,
                         const std::vector<std::string>& arguments, int segment, int orders,
                         int printed) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // As if it had been started by a shell.
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Addresses are part of what a run depends on, through tables that are ordered by them.
  ::personality(ADDR_NO_RANDOMIZE);
  constexpr int segment_fd = 1000, orders_fd = 1001;
  ::dup2(segment, segment_fd);
  ::dup2(orders, orders_fd);
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  ::dup2(printed, 1);
  ::dup2(printed, 2);
  const std::string words = std::to_string(segment_fd) + " " + std::to_string(orders_fd);
  ::setenv("IPCLAB_INTERLEAVE", words.c_str(), 1);
  std::vector<std::string> all{file.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> list;
  for (std::string& word : all) list.push_back(word.data());
  list.push_back(nullptr);
  ::execv(list[0], list.data());
  ::_exit(127);
}

}  // namespace

Program::Program(const std::filesystem::path& file, const std::vector<std::string>& arguments)
    : file_(std::filesystem::absolute(file)) {
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
  printed_ = UniqueFd(::memfd_create("output", MFD_CLOEXEC));
  ::fcntl(printed_.get(), F_SETFL, O_APPEND);
  server_ = ::fork();
  if (server_ < 0) throw SystemError("fork");
  if (server_ == 0) become(file_, arguments, segment.get(), theirs.get(), printed_.get());
}

Program::~Program() {
  orders_.reset();
  if (server_ > 0) {
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
  }
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
  c.litter = c.timers = c.anonymous = 0;
  c.changes = c.state = 0;
  c.now = 0;
  c.run_length = c.cost = 0;
  c.fence = interleave::Clock{};
  // A generator of this kind must not begin with 0.
  c.random = (c.plan.seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
  c.ended.store(0);
  c.paused.store(0);
}

void Program::run() {
  begin_anew();
  if (::ftruncate(printed_.get(), 0) != 0) throw SystemError("ftruncate");
  char order = 'r';
  if (::send(orders_.get(), &order, 1, MSG_NOSIGNAL) != 1 ||
      ::recv(orders_.get(), &order, 1, 0) != 1) {
    int status = 0;
    if (::waitpid(server_, &status, WNOHANG) == server_) server_ = -1;
    throw std::runtime_error(
        file_.string() + " does not answer: it has to be linked with the engine" +
        (WIFEXITED(status) ? " (exit status " + std::to_string(WEXITSTATUS(status)) + ")" : ""));
  }
}

std::string Program::output() {
  std::string text(4096, '\0');
  const ssize_t n = ::pread(printed_.get(), text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

}  // namespace explore
