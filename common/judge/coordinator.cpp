#include "common/judge/coordinator.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <thread>

#include "common/ipc/system_error.h"
#include "common/judge/builder.h"
#include "common/judge/check.h"
#include "common/judge/image_packet.h"
#include "common/judge/pattern.h"
#include "common/judge/session.h"
#include "common/judge/sockets.h"
#include "common/judge/submission.h"

namespace judge {

namespace fs = std::filesystem;
using ipc::SystemError;
using ipc::UniqueFd;

namespace {

constexpr std::size_t most_checks = 512;

/// What the coordinator and its workers share: who runs which check, and whose turn it is to write.
struct Shared {
  std::atomic<bool> claimed[most_checks];
  pthread_mutex_t writing;

  static Shared* make() {
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw SystemError("mmap");
    auto* shared = new (memory) Shared{};
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    // A worker that dies while it writes must not silence the others.
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&shared->writing, &attributes);
    return shared;
  }
};

class EventWriter {
 public:
  EventWriter(int fd, Shared* shared) : fd_(fd), shared_(shared) {}

  void operator()(const std::string& event) const {
    if (fd_ < 0) return;
    const std::string line = event + '\n';
    if (::pthread_mutex_lock(&shared_->writing) == EOWNERDEAD) {
      ::pthread_mutex_consistent(&shared_->writing);
    }
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t n = ::write(fd_, line.data() + done, line.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) break;  // `ipclab` is gone, and so will we be
      done += static_cast<std::size_t>(n);
    }
    ::pthread_mutex_unlock(&shared_->writing);
  }

 private:
  int fd_;
  Shared* shared_;
};

// The image of the wanted build, which may come after that of another.
Image receive_wanted_image(int socket, Build wanted) {
  static std::map<Build, Image> early;  // an image that came before it was asked for
  while (!early.contains(wanted)) {
    auto [build, image] = receive_image(socket);
    early[build] = std::move(image);
  }
  return std::move(early.extract(wanted).mapped());
}

class Coordinator {
 public:
  Coordinator(const Kit& kit, const Assignment& assignment)
      : kit_(kit),
        assignment_(assignment),
        shared_(Shared::make()),
        tell_(assignment.events_fd, shared_) {}

  int run() {
    select_checks();
    const Submission submission =
        read_submission(assignment_.submission, assignment_.lab, given_headers());
    tell_(event::announcement(assignment_.lab.name, assignment_.lab.title, assignment_.seed,
                              to_string(best_isolation(kit_)), selected_));
    // Workers are forked before there is a second thread: fork takes along only the one that calls.
    for (int i = 0; i < assignment_.jobs; ++i) fork_worker(submission);
    build_images(submission);
    const int status = wait_for_workers();
    tell_(event::finished());
    return status;
  }

 private:
  struct Worker {
    pid_t pid;
    UniqueFd socket;
  };

  void select_checks() {
    std::optional<Pattern> wanted;
    try {
      if (!assignment_.check.empty()) wanted.emplace(assignment_.check);
    } catch (const std::invalid_argument& e) {
      throw std::runtime_error("--check: \"" + assignment_.check +
                               "\" is no regular expression: " + e.what());
    }
    for (const CheckInfo& info : all_checks()) {
      if (!wanted || wanted->matches(info.id)) selected_.push_back(info);
    }
    // In the order of the lab's parts, whatever the order in which they are run.
    std::stable_sort(selected_.begin(), selected_.end(),
                     [](const CheckInfo& a, const CheckInfo& b) { return a.part < b.part; });
    if (selected_.empty()) {
      throw std::runtime_error("--check: no check of " + assignment_.lab.name + " matches \"" +
                               assignment_.check + "\"");
    }
    if (all_checks().size() > most_checks) throw std::logic_error("too many checks");
  }

  [[nodiscard]] std::vector<std::string> given_headers() const {
    std::vector<std::string> names;
    for (const auto& entry :
         fs::directory_iterator(kit_.root() / assignment_.lab.name / "include")) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  bool claim(const std::string& id) {
    const bool wanted = std::any_of(selected_.begin(), selected_.end(),
                                    [&](const CheckInfo& info) { return info.id == id; });
    if (!wanted) return false;
    const auto& all = all_checks();
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const CheckInfo& info) { return info.id == id; });
    return !shared_->claimed[at - all.begin()].exchange(true);
  }

  void fork_worker(const Submission& submission) {
    auto [ours, theirs] = socket_pair(SOCK_SEQPACKET);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw SystemError("fork");
    if (pid > 0) {
      workers_.push_back({pid, std::move(ours)});
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(3);
    ours.reset();
    workers_.clear();
    Session session(
        kit_, assignment_.lab, assignment_.seed,
        [socket = theirs.get()](Build build) { return receive_wanted_image(socket, build); },
        [&](const std::string& id) { return claim(id); }, tell_);
    session.programs = assignment_.lab.programs;
    session.sources = submission.sources;
    session.sources.insert(submission.headers.begin(), submission.headers.end());
    session.sources.insert(submission.texts.begin(), submission.texts.end());
    Session::current = &session;
    int status = 0;
    try {
      if (assignment_.events_fd >= 0) {
        run_all_checks();
      } else {
        status = RUN_ALL_TESTS();
      }
      session.drop_subjects();
    } catch (const std::exception& e) {
      tell_(event::error(e.what()));
      status = 3;
    }
    // Quietly: destructors of the coordinator's copies are not this process's to run.
    std::fflush(nullptr);
    ::_exit(status);
  }

  void build_images(const Submission& submission) {
    std::optional<fs::path> cache;
    if (std::getenv("IPCLAB_NO_CACHE") == nullptr) cache = kit_.root().parent_path() / "cache";
    // A compiler never waits, unlike a check: more of them than processors only take memory.
    const int compilers = std::min(
        assignment_.jobs, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
    const Image plain = build(kit_, assignment_.lab, submission, Build::plain, compilers, cache);
    tell_(event::compiler(plain.report));
    for (const Worker& worker : workers_) send_image(worker.socket.get(), Build::plain, plain);
    // What was too much for the compiler once would be so again.
    Submission rest = submission;
    for (const std::string& name : plain.stopped) {
      rest.sources.erase(name);
      rest.problems[name] = plain.missing.at(name);
    }
    const auto build_for = [&](Build kind, auto needs_it) {
      if (!std::any_of(selected_.begin(), selected_.end(), needs_it)) return;
      const Image image = build(kit_, assignment_.lab, rest, kind, compilers, cache);
      for (const Worker& worker : workers_) send_image(worker.socket.get(), kind, image);
    };
    build_for(Build::interleaved, explores);
    build_for(Build::sanitized, [](const CheckInfo& info) { return info.kind == name_of_hygiene; });
  }

  int wait_for_workers() {
    int result = 0;
    for (const Worker& worker : workers_) {
      int status = 0;
      while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
      }
      if (!WIFEXITED(status)) {
        throw std::runtime_error("a worker of the judge was ended by signal " +
                                 std::to_string(WTERMSIG(status)));
      }
      result = std::max(result, WEXITSTATUS(status));
    }
    return result;
  }

  static constexpr std::string_view name_of_hygiene = "hygiene";

  const Kit& kit_;
  const Assignment& assignment_;
  Shared* shared_;
  EventWriter tell_;
  std::vector<CheckInfo> selected_;
  std::vector<Worker> workers_;
};

}  // namespace

int coordinate(const Kit& kit, const Assignment& assignment) {
  return Coordinator(kit, assignment).run();
}

void tell_error(int events_fd, const std::string& message) {
  EventWriter(events_fd, Shared::make())(event::error(message));
}

}  // namespace judge
