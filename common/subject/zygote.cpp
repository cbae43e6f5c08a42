/// The subject's trusted half: started once in the sandbox, it forks the processes of each run, so
/// that a run costs forks and no exec.
///
///     subject SCRATCH...        the judge's socket is descriptor 3
///
/// It never loads student code: a role does that after the fork, in a process of its own. So what a
/// submission does while it is loaded it does to itself. Where namespaces are to be had the zygote
/// is process 1: it inherits whoever outlives his parent, and what it kills is all there is.

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/subject/protocol.h"
#include "common/subject/role.h"

namespace subject {

namespace {

constexpr int judge = 3;
/// Descriptors of ours stay out of the way, so that a submission's first pipe is 3 and 4 as in any
/// other program.
constexpr int high_descriptor = 900;
/// Of what a run leaves behind, so many names are told.
constexpr int most_litter = 16;

void send(const ZygoteNews& news, int descriptor = -1) {
  iovec part{const_cast<ZygoteNews*>(&news), sizeof news};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(c), &descriptor, sizeof(int));
  }
  // A judge that is gone takes the sandbox with it.
  if (::sendmsg(judge, &message, MSG_NOSIGNAL) < 0) ::_exit(0);
}

ZygoteNews news(News kind) {
  ZygoteNews result{};
  result.news = kind;
  return result;
}

struct Received {
  ZygoteOrder order{};
  std::array<int, 4> descriptors{-1, -1, -1, -1};
};

Received receive() {
  Received result;
  iovec part{&result.order, sizeof result.order};
  alignas(cmsghdr) char room[CMSG_SPACE(4 * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  if (::recvmsg(judge, &message, MSG_CMSG_CLOEXEC) <= 0) ::_exit(0);
  if (const cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr && c->cmsg_type == SCM_RIGHTS) {
    std::memcpy(result.descriptors.data(), CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
  }
  return result;
}

class Zygote {
 public:
  Zygote(std::vector<std::string> scratch, bool has_own_uid)
      : scratch_(std::move(scratch)), has_own_uid_(has_own_uid) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child, &mask_);
    children_ = ::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    ::prctl(PR_SET_DUMPABLE, 0);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::fcntl(judge, F_SETFD, FD_CLOEXEC);
  }

  [[noreturn]] void serve() {
    ZygoteNews ready = news(News::ready);
    ready.status = try_message_queue();
    send(ready);
    std::array<pollfd, 2> events{{{judge, POLLIN, 0}, {children_, POLLIN, 0}}};
    while (true) {
      ::poll(events.data(), events.size(), -1);
      if (events[1].revents != 0) {
        signalfd_siginfo drained;
        while (::read(children_, &drained, sizeof drained) > 0) {
        }
        reap();
      }
      if (events[0].revents != 0) obey(receive());
    }
  }

 private:
  void obey(const Received& received) {
    const auto& fds = received.descriptors;
    switch (received.order.order) {
      case Order::load:
        if (library_ >= 0) ::close(library_);
        library_ = fds[0];
        break;
      case Order::start:
        start(received.order.argument, fds);
        break;
      case Order::end:
        end();
        break;
      case Order::open:
        open_for_judge(received.order);
        break;
    }
  }

  void start(std::uint32_t index, const std::array<int, 4>& fds) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
      ::setpgid(0, 0);
      ::close(judge);
      ::close(children_);
      for (std::size_t i = 0; i < 3; ++i) ::dup2(fds[i + 1], static_cast<int>(i));
      const int control = ::fcntl(fds[0], F_DUPFD_CLOEXEC, high_descriptor);
      const int library = ::fcntl(library_, F_DUPFD_CLOEXEC, high_descriptor);
      ::close(library_);
      for (const int fd : fds) ::close(fd);
      live_as_role(control, library);
    }
    const int error = errno;
    for (const int fd : fds) ::close(fd);
    ZygoteNews started = news(pid > 0 ? News::started : News::exited);
    started.index = index;
    started.pid = pid;
    started.status = pid > 0 ? 0 : -error;
    if (pid > 0) roles_[pid] = index;
    send(started);
  }

  void reap() {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto role = roles_.find(pid);
      if (role == roles_.end()) continue;  // an orphan
      ZygoteNews exited = news(News::exited);
      exited.index = role->second;
      exited.pid = pid;
      exited.status = status;
      roles_.erase(role);
      send(exited);
    }
  }

  void end() {
    const bool alone = kill_everybody();
    roles_.clear();
    remove_message_queues();
    const bool clean = empty_scratch() && remove_system_v_objects();
    ZygoteNews ended = news(News::ended);
    ended.status = alone && clean ? 0 : EBUSY;
    send(ended);
  }

  // Until nobody is left: who was just being forked is met in the next round.
  static bool kill_everybody() {
    // Without a namespace there can be who forks faster than we find him: that is for the judge.
    constexpr int most_rounds = 1000;
    for (int round = 0; in_a_namespace() || round < most_rounds; ++round) {
      if (in_a_namespace()) {
        ::kill(-1, SIGKILL);
      } else {
        kill_below(::getpid());
      }
      if (::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return true;
    }
    return false;
  }

  // False if it cannot be emptied: too deep, perhaps. The judge then throws the sandbox away.
  bool empty_scratch() {
    namespace fs = std::filesystem;
    bool empty = true;
    int told = 0;
    std::error_code failed;
    for (const std::string& directory : scratch_) {
      for (const auto& entry : fs::directory_iterator(directory, failed)) {
        if (++told <= most_litter) {
          ZygoteNews litter = news(News::litter);
          entry.path().string().copy(litter.name, sizeof litter.name - 1);
          send(litter);
        }
        if (entry.is_directory(failed) && !entry.is_symlink(failed)) {
          fs::permissions(entry.path(), fs::perms::owner_all, fs::perm_options::add, failed);
        }
        fs::remove_all(entry.path(), failed);
      }
      empty = fs::is_empty(directory, failed) && !failed && empty;
    }
    return empty;
  }

  // Where there is a namespace they lie in a scratch directory. Else they are between everybody's,
  // if /dev/mqueue is mounted at all: ours are those of our uid, where it is nobody else's, and
  // those whose names a check has made.
  void remove_message_queues() {
    if (in_a_namespace()) return;
    const std::string prefix = queue_prefix(scratch_.front());
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator("/dev/mqueue", failed)) {
      const std::string name = "/" + entry.path().filename().string();
      struct stat queue {};
      const bool is_ours =
          has_own_uid_ && ::lstat(entry.path().c_str(), &queue) == 0 && queue.st_uid == ::getuid();
      if (!is_ours && !name.starts_with(prefix)) continue;
      ZygoteNews litter = news(News::litter);
      entry.path().string().copy(litter.name, sizeof litter.name - 1);
      send(litter);
      ::mq_unlink(name.c_str());
    }
  }

  // The errno of a queue made for trial: a kernel may have none, a namespace or a user no more.
  // ENODEV: nobody would find afterwards what is left of them.
  [[nodiscard]] int try_message_queue() const {
    const std::string name = queue_prefix(scratch_.front()) + "trial";
    mq_attr attributes{};
    attributes.mq_maxmsg = 1;
    attributes.mq_msgsize = 1;
    const mqd_t queue = ::mq_open(name.c_str(), O_RDWR | O_CREAT, 0600, &attributes);
    if (queue == static_cast<mqd_t>(-1)) return errno;
    const bool is_seen = in_a_namespace() || ::access(("/dev/mqueue" + name).c_str(), F_OK) == 0;
    ::mq_close(queue);
    ::mq_unlink(name.c_str());
    return is_seen ? 0 : ENODEV;
  }

  // They have no names in a directory. In a namespace all of them are the run's.
  static bool remove_system_v_objects() {
    if (!in_a_namespace()) return true;
    const auto each = [](const char* list, auto remove) {
      std::ifstream objects(list);
      std::string line;
      std::getline(objects, line);  // the names of the columns
      bool all = true;
      for (long key = 0, id = 0; objects >> key >> id; std::getline(objects, line)) {
        all = remove(static_cast<int>(id)) == 0 && all;
      }
      return all;
    };
    const bool segments =
        each("/proc/sysvipc/shm", [](int id) { return ::shmctl(id, IPC_RMID, nullptr); });
    const bool queues =
        each("/proc/sysvipc/msg", [](int id) { return ::msgctl(id, IPC_RMID, nullptr); });
    const bool semaphores =
        each("/proc/sysvipc/sem", [](int id) { return ::semctl(id, 0, IPC_RMID); });
    return segments && queues && semaphores;
  }

  static bool in_a_namespace() { return ::getpid() == 1; }

  // Without a namespace of our own: the children, and theirs; orphans come to us (subreaper).
  static void kill_below(pid_t parent) {
    const std::string of_parent = "/proc/" + std::to_string(parent) + "/task/";
    std::ifstream list(of_parent + std::to_string(parent) + "/children");
    for (pid_t child; list >> child;) {
      ::kill(child, SIGSTOP);  // so that it forks no more while its children are looked for
      kill_below(child);
      ::kill(child, SIGKILL);
    }
  }

  static void open_for_judge(const ZygoteOrder& order) {
    ZygoteNews opened = news(News::opened);
    // What is there is the submission's choice: it must neither block us nor lead elsewhere.
    const int flags = static_cast<int>(order.argument) | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
    const int fd = ::open(order.path, flags, 0600);
    opened.status = fd >= 0 ? 0 : errno;
    send(opened, fd);
    if (fd >= 0) ::close(fd);
  }

  std::vector<std::string> scratch_;
  bool has_own_uid_;
  sigset_t mask_{};
  int children_ = -1;
  int library_ = -1;
  std::map<pid_t, std::uint32_t> roles_;
};

}  // namespace

}  // namespace subject

int main(int argc, char** argv) {
  const bool has_own_uid = argc > 1 && std::string_view(argv[1]) == subject::own_uid;
  subject::Zygote({argv + (has_own_uid ? 2 : 1), argv + argc}, has_own_uid).serve();
}
