#include "common/judge/sandbox.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/judge/bytes.h"
#include "common/judge/memory_file.h"
#include "common/judge/pattern.h"
#include "common/judge/remove_tree.h"
#include "common/judge/sockets.h"
#include "common/subject/protocol.h"

namespace judge {

namespace fs = std::filesystem;
using ipc::SystemError;
using ipc::UniqueFd;

namespace {

constexpr const char* message_queues = "/dev/mqueue";

// Whether message queues of this machine can be found: mq_overview(7), "Mounting the message queue
// filesystem".
bool can_list_message_queues() {
  struct statfs directory {};
  constexpr auto mqueue_magic = 0x19800202;
  return ::statfs(message_queues, &directory) == 0 && directory.f_type == mqueue_magic;
}

// What no namespace held: the queues of `uid`, whatever their names; and with names that begin so,
// those of another sandbox with another uid, which had got their names from this one's.
void remove_message_queues(const std::string& prefix, long uid) {
  if (!can_list_message_queues()) return;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(message_queues, failed)) {
    const std::string name = "/" + entry.path().filename().string();
    struct stat queue {};
    const bool is_of_uid = uid >= 0 && ::lstat(entry.path().c_str(), &queue) == 0 &&
                           queue.st_uid == static_cast<uid_t>(uid);
    if (is_of_uid || name.starts_with(prefix)) ::mq_unlink(name.c_str());
  }
}

bool is_root() { return ::geteuid() == 0; }

// As root, each sandbox gets a uid that nobody else has: limits on processes count by uid, and
// signals reach only one's own. Otherwise it stays the caller's, in a user namespace.
long uid_of_its_own() {
  static std::atomic<long> count{0};
  return is_root() ? 1'600'000'000 + ::getpid() % 1'000'000 * 1000 + count++ % 1000 : -1;
}

// Kills all that a uid has, those too that fork faster than anybody can look: kill(-1) leaves no
// gap. It takes a process that has that uid, and so can be killed by the others: then once more.
void kill_all_of(long uid) {
  int status = 0;
  do {
    const pid_t pid = ::fork();
    if (pid < 0) return;
    if (pid == 0) {
      const auto id = static_cast<uid_t>(uid);
      if (::setresuid(id, id, id) == 0) ::kill(-1, SIGKILL);
      ::_exit(0);
    }
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  } while (WIFSIGNALED(status));
}

std::string find_program(std::string_view name) {
  for (const char* directory : {"/usr/local/bin/", "/usr/bin/", "/bin/"}) {
    const std::string path = std::string(directory).append(name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

/// What a started program finds besides its words.
struct Surroundings {
  std::string work;                         ///< the directory it starts in; "" for this one
  std::string programs;                     ///< where PATH begins: "" or "/a/directory:"
  std::vector<std::string> variables = {};  ///< of the environment, besides the usual ones
  bool fixed_addresses = false;
};

// Starts argv[0] with descriptors[i].first as descriptors[i].second, and dies with this thread.
pid_t spawn(const std::vector<std::string>& command,
            const std::vector<std::pair<int, int>>& descriptors, const std::vector<int>& kept,
            const Surroundings& around = {}) {
  // Everything that allocates happens before fork: other threads may hold malloc's lock.
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const std::string path = "PATH=" + around.programs + "/usr/local/bin:/usr/bin:/bin";
  std::vector<const char*> environment{path.c_str(), "LC_ALL=C.UTF-8", "HOME=/nowhere",
                                       "TERM=dumb"};
  for (const std::string& variable : around.variables) environment.push_back(variable.c_str());
  environment.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw SystemError("fork");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(125);
  ::setsid();
  // Whatever else is open, here or in whoever started the judge, is none of its business.
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  for (const auto& [ours, theirs] : descriptors) ::dup2(ours, theirs);
  for (const int fd : kept) ::fcntl(fd, F_SETFD, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (!around.work.empty() && ::chdir(around.work.c_str()) != 0) ::_exit(125);
  if (around.fixed_addresses) ::personality(ADDR_NO_RANDOMIZE);
  ::execve(argv[0], argv.data(), const_cast<char**>(environment.data()));
  ::_exit(125);
}

bool runs(const std::vector<std::string>& command) {
  const UniqueFd null = high(UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
  const pid_t pid = spawn(command, {{null.get(), 0}, {null.get(), 1}, {null.get(), 2}}, {});
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// bubblewrap's command line, as it grows.
class Mounts {
 public:
  explicit Mounts(const std::string& bwrap)
      : words_{bwrap,
               "--unshare-pid",
               "--unshare-ipc",
               "--unshare-uts",
               "--unshare-cgroup-try",
               "--as-pid-1",
               "--die-with-parent",
               "--hostname",
               "ipclab"} {
    if (is_root()) {
      // Only to become somebody else, in `confine`.
      add({"--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"});
    } else {
      add({"--unshare-user"});
    }
    // Libraries, and what /lib, /lib64 and so on are called on a merged system.
    for (const char* path : {"/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/libx32"}) {
      if (fs::is_directory(path)) bind(path, path);
    }
    for (const char* name : {"/lib", "/lib64", "/lib32", "/libx32", "/bin", "/sbin"}) {
      std::error_code none;
      const fs::path target = fs::read_symlink(name, none);
      if (!none) {
        add({"--symlink", target.string(), name});
      } else if (fs::is_directory(name)) {
        bind(name, name);
      }
    }
    add({"--proc", "/proc", "--dev", "/dev"});
  }

  void add(std::initializer_list<std::string> words) {
    words_.insert(words_.end(), words.begin(), words.end());
  }

  void bind(const std::string& outside, const std::string& inside) {
    make_parents_of(inside);
    add({"--ro-bind", outside, inside});
  }

  void file(int data, const std::string& inside, bool may_run) {
    make_parents_of(inside);
    add({"--perms", may_run ? "0555" : "0444", "--ro-bind-data", std::to_string(data), inside});
  }

  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  // bubblewrap would make them for its own uid alone, and `confine` may have another.
  void make_parents_of(const fs::path& path) {
    const fs::path parent = path.parent_path();
    if (parent == "/" || !made_.insert(parent.string()).second) return;
    make_parents_of(parent);
    add({"--perms", "0755", "--dir", parent.string()});
  }

  std::vector<std::string> words_;
  std::set<std::string> made_;
};

bool try_bubblewrap(const Kit& kit) {
  const std::string bwrap = find_program("bwrap");
  if (bwrap.empty()) return false;
  Mounts mounts(bwrap);
  mounts.bind((kit.root() / "bin/confine").string(), "/ipclab/confine");
  mounts.add({"--unshare-net", "--", "/ipclab/confine"});
  if (is_root()) mounts.add({"--uid", std::to_string(uid_of_its_own())});
  mounts.add({"--", "/ipclab/confine", "--probe"});
  return runs(mounts.words());
}

bool try_landlock(const Kit& kit) {
  const std::string confine = (kit.root() / "bin/confine").string();
  return runs({confine, "--read", kit.root().string(), "--", confine, "--probe"});
}

Isolation find_isolation(const Kit& kit) {
  const char* wish = std::getenv("IPCLAB_ISOLATION");
  const std::string wanted = wish != nullptr ? wish : "";
  const auto granted = [&](Isolation isolation) {
    if (isolation == Isolation::bubblewrap) return try_bubblewrap(kit);
    if (isolation == Isolation::landlock) return try_landlock(kit);
    return true;
  };
  for (const Isolation isolation : {Isolation::bubblewrap, Isolation::landlock, Isolation::none}) {
    if (!wanted.empty() && wanted != to_string(isolation)) continue;
    if (granted(isolation)) return isolation;
    if (!wanted.empty()) {
      throw std::runtime_error("IPCLAB_ISOLATION asks for " + wanted +
                               ", which this machine does not grant. `ipclab doctor` says why.");
    }
  }
  throw std::runtime_error("IPCLAB_ISOLATION is \"" + wanted +
                           "\". It can be bubblewrap, landlock or none.");
}

}  // namespace

std::string to_string(Isolation isolation) {
  switch (isolation) {
    case Isolation::bubblewrap:
      return "bubblewrap";
    case Isolation::landlock:
      return "landlock";
    case Isolation::none:
      return "none";
  }
  return "none";
}

Isolation best_isolation(const Kit& kit) {
  static const Isolation found = find_isolation(kit);
  return found;
}

Sandbox::Sandbox(const Kit& kit)
    : kit_(&kit), isolation_(best_isolation(kit)), uid_(uid_of_its_own()) {
  if (isolation_ != Isolation::bubblewrap) {
    std::string pattern = (fs::temp_directory_path() / "ipclab-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw SystemError("mkdtemp");
    outside_root_ = pattern;
    fs::permissions(outside_root_, fs::perms(0711));
    for (const char* name : {"tmp", "shm"}) {
      fs::create_directory(outside_root_ / name);
      fs::permissions(outside_root_ / name, fs::perms(01777));
    }
  }
}

Sandbox::Sandbox(Sandbox&& other) noexcept
    : kit_(other.kit_),
      isolation_(other.isolation_),
      uid_(other.uid_),
      mounts_(std::move(other.mounts_)),
      files_(std::move(other.files_)),
      words_(std::move(other.words_)),
      variables_(std::move(other.variables_)),
      outside_root_(std::exchange(other.outside_root_, {})),
      programs_(other.programs_),
      far_(other.far_) {}

Sandbox::~Sandbox() {
  if (!outside_root_.empty()) remove_tree(outside_root_);
}

std::string Sandbox::show(const fs::path& path) {
  if (isolation_ != Isolation::bubblewrap) {
    mounts_.emplace_back(path.string(), path.string());
    return path.string();
  }
  const std::string inside =
      "/ipclab/" + std::to_string(mounts_.size()) + "/" + path.filename().string();
  mounts_.emplace_back(path.string(), inside);
  return inside;
}

std::string Sandbox::directory(std::string_view directory) const {
  if (isolation_ == Isolation::bubblewrap) return "/" + std::string(directory);
  return (outside_root_ / directory).string();
}

std::string Sandbox::add_file(std::string_view word, std::string_view name,
                              std::span<const std::byte> content, bool may_run) {
  const std::string inside = directory(word) + "/" + std::string(name);
  if (isolation_ == Isolation::bubblewrap) {
    files_.push_back({inside, memory_file(content), may_run});
    return inside;
  }
  fs::create_directories(fs::path(inside).parent_path());
  std::ofstream file(inside, std::ios::binary);
  file.write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + inside + ": is the disk full?");
  file.close();
  if (may_run) fs::permissions(inside, fs::perms(0555));
  return inside;
}

std::string Sandbox::scratch() const { return scratch_directories().front(); }

std::vector<std::string> Sandbox::scratch_directories() const {
  if (isolation_ == Isolation::bubblewrap) return {"/tmp", "/dev/shm", "/dev/mqueue"};
  return {(outside_root_ / "tmp").string()};
}

void Sandbox::show_programs() { programs_ = true; }

void Sandbox::show_program(std::string_view name, std::string_view as) {
  if (const std::string path = find_program(name); !path.empty()) {
    put_into_path(fs::canonical(path), as.empty() ? name : as);
  }
}

void Sandbox::show_ours(std::string_view path, std::string_view as) {
  put_into_path(kit_->root() / path, as);
}

// Where nothing can be mounted, links in a directory that PATH begins with do the same for whoever
// asks by name.
void Sandbox::put_into_path(const fs::path& program, std::string_view name) {
  mounts_.emplace_back(program.string(), "/usr/bin/" + std::string(name));
  if (isolation_ == Isolation::bubblewrap) return;
  fs::create_directory(outside_root_ / "bin");
  fs::create_symlink(program, outside_root_ / "bin" / name);
}

void Sandbox::beside(FarHost& far) {
  far_ = &far;
  if (isolation_ != Isolation::bubblewrap) {
    throw NoTwoHosts("only namespaces can make one; here there is " +
                     (isolation_ == Isolation::none ? "no isolation" : to_string(isolation_)) +
                     " instead of them");
  }
  const auto add = [this](const char* name, const std::string& text) {
    add_file("etc", name, as_bytes(text));
  };
  const std::string named = std::string(" ") + FarHost::name + "\n";
  add("hosts", std::string("127.0.0.1 localhost\n") + two_hosts::near_address + " near\n" +
                   two_hosts::far_address + named + two_hosts::other_far_address + named);
  add("nsswitch.conf", "hosts: files\n");
  add("host.conf", "multi on\n");  // all addresses of a name, and not the first alone
}

std::vector<std::string> Sandbox::confine_command(const Limits& limits) const {
  const bool wrapped = isolation_ == Isolation::bubblewrap;
  std::vector<std::string> words{wrapped ? "/ipclab/confine"
                                         : (kit_->root() / "bin/confine").string()};
  const auto add = [&](const char* option, const std::string& value) {
    words.emplace_back(option);
    words.push_back(value);
  };
  if (uid_ >= 0) add("--uid", std::to_string(uid_));
  add("--cpu", std::to_string(limits.cpu_seconds));
  if (limits.memory != 0) add("--memory", std::to_string(limits.memory));
  add("--processes", std::to_string(limits.processes));
  add("--file", std::to_string(limits.file_size));
  if (!wrapped) {
    words.emplace_back("--no-namespaces");
    if (!can_list_message_queues()) words.emplace_back("--no-message-queues");
  }
  if (limits.sets_modes) words.emplace_back("--fchmod");
  if (isolation_ == Isolation::landlock) {
    for (const char* path : {"/usr", "/lib", "/lib64", "/bin", "/proc", "/etc/ld.so.cache"}) {
      add("--read", path);
    }
    // Message queues are files to Landlock: of a file system that can only be named where it is
    // mounted.
    if (can_list_message_queues()) add("--write", message_queues);
    add("--read", (kit_->root() / "bin").string());
    for (const auto& [path, inside] : mounts_) add("--read", path);
    for (const std::string& word : words_) add("--read", directory(word));
    add("--read", outside_root_.string());
    for (const std::string& path : scratch_directories()) add("--write", path);
  }
  words.emplace_back("--");
  return words;
}

Process Sandbox::start(const std::vector<std::string>& command, const std::string& work,
                       const Limits& limits, const std::vector<std::pair<int, int>>& descriptors) {
  Process process;
  std::vector<std::string> words;
  std::vector<int> kept;
  UniqueFd info_read, info_write;
  SocketPair far;
  if (isolation_ == Isolation::bubblewrap) {
    Mounts mounts(find_program("bwrap"));
    // Its network is a new one, or that of the near host, which is as new.
    if (far_ == nullptr) mounts.add({"--unshare-net"});
    const std::string size = std::to_string(limits.scratch);
    mounts.add({"--size", size, "--perms", "1777", "--tmpfs", "/dev/shm"});
    mounts.add({"--size", size, "--perms", "1777", "--tmpfs", "/tmp"});
    mounts.add({"--mqueue", "/dev/mqueue"});
    if (programs_) {
      for (const char* path :
           {"/usr/bin", "/usr/include", "/usr/local", "/usr/libexec", "/etc/alternatives"}) {
        if (fs::is_directory(path)) mounts.bind(path, path);
      }
    }
    if (fs::exists("/etc/ld.so.cache")) mounts.bind("/etc/ld.so.cache", "/etc/ld.so.cache");
    mounts.bind((kit_->root() / "bin/confine").string(), "/ipclab/confine");
    for (const auto& [outside, inside] : mounts_) mounts.bind(outside, inside);
    for (const File& file : files_) {
      mounts.file(file.data.get(), file.inside, file.may_run);
      kept.push_back(file.data.get());
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw SystemError("pipe2");
    info_read = high(UniqueFd(ends[0]));
    info_write = high(UniqueFd(ends[1]));
    kept.push_back(info_write.get());
    mounts.add({"--info-fd", std::to_string(info_write.get()), "--remount-ro", "/dev",
                "--remount-ro", "/proc", "--remount-ro", "/", "--chdir", work, "--"});
    if (far_ != nullptr) {
      far = socket_pair(SOCK_SEQPACKET);
      words = {(kit_->root() / "bin/two-hosts").string(), std::to_string(far.theirs.get()), "--"};
      kept.push_back(far.theirs.get());
    }
    words.insert(words.end(), mounts.words().begin(), mounts.words().end());
  }
  for (const std::string& word : confine_command(limits)) words.push_back(word);
  words.insert(words.end(), command.begin(), command.end());

  Surroundings around;
  if (isolation_ != Isolation::bubblewrap) {
    around.work = work;
    around.programs = (outside_root_ / "bin").string() + ":";
  }
  around.variables = variables_;
  around.fixed_addresses = limits.fixed_addresses;
  process.outer_ = spawn(words, descriptors, kept, around);
  process.pidfd_ = high(UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, process.outer_, 0))));
  process.first_ = process.outer_;
  process.uid_ = uid_;
  process.in_namespaces_ = isolation_ == Isolation::bubblewrap;
  process.remove_ = std::exchange(outside_root_, {});
  if (far_ != nullptr) {
    far.theirs.reset();
    *far_ = FarHost(std::move(far.ours), process.outer_);
  }
  if (isolation_ == Isolation::bubblewrap) {
    info_write.reset();
    std::string info;
    std::array<char, 512> piece{};
    ssize_t n = 0;
    while ((n = ::read(info_read.get(), piece.data(), piece.size())) > 0 ||
           (n < 0 && errno == EINTR)) {
      if (n > 0) info.append(piece.data(), static_cast<std::size_t>(n));
    }
    const auto child = Pattern("\"child-pid\": ([0-9]+)").groups(info);
    if (child.empty()) {
      throw std::runtime_error("bubblewrap did not start; `ipclab doctor` looks for the reason");
    }
    process.first_ = std::stoi(child[1]);
  }
  return process;
}

Process::Process(Process&& other) noexcept { *this = std::move(other); }

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    finish();
    outer_ = std::exchange(other.outer_, -1);
    first_ = std::exchange(other.first_, -1);
    uid_ = std::exchange(other.uid_, -1);
    in_namespaces_ = other.in_namespaces_;
    pidfd_ = std::move(other.pidfd_);
    status_ = other.status_;
    cpu_ = other.cpu_;
    remove_ = std::exchange(other.remove_, {});
  }
  return *this;
}

Process::~Process() { finish(); }

void Process::finish() {
  if (outer_ > 0) {
    kill();
    wait();
  }
  const long uid = in_namespaces_ ? -1 : std::exchange(uid_, -1);
  if (uid >= 0) kill_all_of(uid);
  if (!remove_.empty()) {
    remove_tree(remove_);
    remove_message_queues(subject::queue_prefix((remove_ / "tmp").string()), uid);
  }
  remove_.clear();
}

void Process::kill() {
  if (outer_ <= 0) return;
  if (!in_namespaces_) {
    // No namespace ends with its first process: everybody below it has to be met. Stopped first, so
    // that nobody forks while we look.
    const auto kill_below = [](const auto& self, pid_t parent) -> void {
      std::error_code none;
      for (const auto& task :
           fs::directory_iterator("/proc/" + std::to_string(parent) + "/task", none)) {
        std::ifstream list(task.path() / "children");
        for (pid_t child; list >> child;) {
          ::kill(child, SIGSTOP);
          self(self, child);
          ::kill(child, SIGKILL);
        }
      }
    };
    ::kill(outer_, SIGSTOP);
    kill_below(kill_below, outer_);
    ::kill(outer_, SIGKILL);
  } else {
    // Its end is the end of its pid namespace, and bubblewrap outside ends by itself when all in it
    // are gone. It cannot be somebody else's number by now: bubblewrap is its parent, and has not
    // been waited for.
    if (first_ > 0) ::kill(first_, SIGKILL);
  }
}

int Process::wait() {
  if (outer_ > 0) {
    rusage used{};
    while (::wait4(outer_, &status_, 0, &used) < 0 && errno == EINTR) {
    }
    for (const timeval& time : {used.ru_utime, used.ru_stime}) {
      cpu_ += std::chrono::milliseconds(time.tv_sec * 1000 + time.tv_usec / 1000);
    }
    outer_ = -1;
  }
  return status_;
}

}  // namespace judge
