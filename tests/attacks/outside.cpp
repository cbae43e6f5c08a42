#include "tests/attacks/outside.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace attacks {

namespace fs = std::filesystem;
using ipc::SystemError;
using ipc::UniqueFd;

namespace {

std::string random_word() {
  std::random_device device;
  std::string word;
  for (int i = 0; i < 24; ++i) word += static_cast<char>('a' + device() % 26);
  return word;
}

// A line that stands nowhere else: a text that contains it has been made from the file.
std::string longest_line(const fs::path& path) {
  std::ifstream file(path);
  std::string longest;
  for (std::string line; std::getline(file, line);) {
    if (line.size() > longest.size()) longest = line;
  }
  if (longest.empty()) throw std::runtime_error("nothing to be read in " + path.string());
  return longest.substr(longest.find_first_not_of(" /"));
}

void listen_on(UniqueFd& socket, const void* address, socklen_t size) {
  if (::bind(socket.get(), static_cast<const sockaddr*>(address), size) != 0) {
    throw SystemError("bind");
  }
}

std::string in_words(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(file, stat);
  return stat.substr(0, 60);
}

std::vector<pid_t> children() {
  const std::string self = std::to_string(::getpid());
  std::ifstream list("/proc/self/task/" + self + "/children");
  return {std::istream_iterator<pid_t>(list), std::istream_iterator<pid_t>()};
}

}  // namespace

Outside::Outside(const std::string& name) {
  std::string pattern = (fs::temp_directory_path() / "ipclab-outside-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw SystemError("mkdtemp");
  directory_ = pattern;
  // Everybody may look in: it is the sandbox that has to keep the secret.
  fs::permissions(directory_, fs::perms(0755));
  for (const fs::path& path : {submission(), temporary()}) fs::create_directory(path);
  secrets_.push_back(random_word());
  std::ofstream(canary()) << "the canary: " << secrets_.back() << '\n';
  fs::permissions(canary(), fs::perms(0444));
  secrets_.push_back(random_word());
  ::setenv("IPCLAB_CANARY", secrets_.back().c_str(), 1);
  secrets_.push_back(longest_line(IPCLAB_SOURCE_DIR "/solutions/01-pipe/stream.cpp"));
  secrets_.push_back(longest_line(IPCLAB_SOURCE_DIR "/tests/01-pipe/stream_checks.cpp"));
  token_ = "ipclab-attack-" + name + "-" + std::to_string(::getpid()) + "-";
  key_ = 0x1bc00000 + ::getpid();

  tcp_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  udp_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  local_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listen_on(tcp_, &address, sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  listen_on(udp_, &address, sizeof address);
  sockaddr_un abstract{};
  abstract.sun_family = AF_UNIX;
  token_.copy(abstract.sun_path + 1, sizeof abstract.sun_path - 2);
  listen_on(local_, &abstract,
            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + token_.size()));
  if (::listen(tcp_.get(), 5) != 0 || ::listen(local_.get(), 5) != 0) throw SystemError("listen");

  // Who is left without a parent comes to us.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  bystander_ = ::fork();
  if (bystander_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
}

Outside::~Outside() {
  if (bystander_ > 0) {
    ::kill(bystander_, SIGKILL);
    ::waitpid(bystander_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string Outside::header() const {
  std::ostringstream text;
  const auto define = [&](const char* name, const std::string& value) {
    text << "#define OUTSIDE_" << name << " \"" << value << "\"\n";
  };
  text << "#pragma once\n";
  define("CANARY", canary().string());
  define("SOLUTION", IPCLAB_SOURCE_DIR "/solutions/01-pipe/stream.cpp");
  define("CHECKS", IPCLAB_SOURCE_DIR "/tests/01-pipe/stream_checks.cpp");
  define("KIT", IPCLAB_KIT_DIR);
  define("TOKEN", token_);
  text << "#define OUTSIDE_KEY " << key_ << "\n#define OUTSIDE_PORT " << port_ << '\n';
  return text.str();
}

std::vector<std::string> Outside::traces() {
  std::vector<std::string> traces;
  look_at_processes(traces);
  look_at_files(traces);
  look_at_objects(traces);
  look_at_server(traces);
  return traces;
}

void Outside::look_at_processes(std::vector<std::string>& traces) {
  int status = 0;
  if (::waitpid(bystander_, &status, WNOHANG | WUNTRACED) != 0) {
    traces.push_back("a process that had nothing to do with it was hit by a signal");
  }
  // Who has been killed may take a moment to go; who goes on is not ended by waiting.
  constexpr int most_wait_ms = 2000;
  for (const pid_t child : children()) {
    if (child == bystander_) continue;
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    pollfd end{process.get(), POLLIN, 0};
    if (::poll(&end, 1, most_wait_ms) == 0) {
      traces.push_back("a process has outlived the judge: " + in_words(child));
      ::kill(child, SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
  }
}

void Outside::look_at_files(std::vector<std::string>& traces) const {
  std::ifstream file(canary());
  std::string text;
  std::getline(file, text);
  if (text != "the canary: " + secrets_[0] ||
      fs::status(canary()).permissions() != fs::perms(0444)) {
    traces.push_back("a file outside, or its rights, have been changed");
  }
  if (!fs::is_empty(temporary())) {
    traces.push_back("the judge left " +
                     fs::directory_iterator(temporary())->path().filename().string() +
                     " among its temporary files");
  }
  const auto look_in = [&](const fs::path& place, bool deep) {
    std::error_code failed;
    constexpr auto skip = fs::directory_options::skip_permission_denied;
    fs::recursive_directory_iterator entry(place, skip, failed), end;
    for (; !failed && entry != end; entry.increment(failed)) {
      const std::string name = entry->path().filename().string();
      if (!deep || name == "build" || name == ".git") entry.disable_recursion_pending();
      struct stat status {};
      // As root, a sandbox has a uid that nobody else has.
      const bool is_alien = ::lstat(entry->path().c_str(), &status) == 0 &&
                            status.st_uid >= 1'600'000'000 && status.st_uid < 4'000'000'000U;
      if (is_alien || name.find(token_) != std::string::npos || name == "stolen") {
        traces.push_back(entry->path().string() + " has been left behind");
      }
    }
  };
  for (const char* place : {"/", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/dev/mqueue"}) {
    look_in(place, false);
  }
  for (const fs::path& place :
       {fs::path(IPCLAB_SOURCE_DIR), fs::path(IPCLAB_KIT_DIR), submission()}) {
    look_in(place, true);
  }
}

void Outside::look_at_objects(std::vector<std::string>& traces) const {
  const std::string name = "/" + token_ + "object";
  if (const mqd_t queue = ::mq_open(name.c_str(), O_RDONLY); queue != static_cast<mqd_t>(-1)) {
    traces.push_back("a message queue has been left behind");
    ::mq_close(queue);
    ::mq_unlink(name.c_str());
  }
  if (::shmget(key_, 0, 0) >= 0 || ::msgget(key_, 0) >= 0 || ::semget(key_, 0, 0) >= 0) {
    traces.push_back("a System V object has been left behind");
  }
}

void Outside::look_at_server(std::vector<std::string>& traces) const {
  std::array<char, 16> bytes{};
  if (UniqueFd(::accept(tcp_.get(), nullptr, nullptr))) {
    traces.push_back("a TCP connection came out of the sandbox");
  }
  if (UniqueFd(::accept(local_.get(), nullptr, nullptr))) {
    traces.push_back("a connection to an abstract Unix socket came out of the sandbox");
  }
  if (::recv(udp_.get(), bytes.data(), bytes.size(), 0) >= 0) {
    traces.push_back("a datagram came out of the sandbox");
  }
}

}  // namespace attacks
