#include "common/judge/processes.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace judge {

namespace fs = std::filesystem;

namespace {

std::string slurp(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::string text;
  char piece[4096];
  for (ssize_t n; (n = ::read(fd, piece, sizeof piece)) > 0;) {
    text.append(piece, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return text;
}

std::uint64_t field(const std::string& status, const char* name) {
  const std::size_t at = status.find(name);
  return at == std::string::npos
             ? 0
             : std::strtoull(status.c_str() + at + std::strlen(name), nullptr, 10);
}

std::vector<pid_t> numbers_in(const std::string& directory) {
  std::vector<pid_t> numbers;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(directory, gone)) {
    const pid_t number = std::atoi(entry.path().filename().c_str());
    if (number > 0) numbers.push_back(number);
  }
  return numbers;
}

ThreadState thread_state(const std::string& directory, pid_t tid) {
  ThreadState thread;
  thread.tid = tid;
  const std::string status = slurp(directory + "/status");
  // At the beginning of a line: a process' name stands there too, and can be anything else.
  if (const std::size_t at = status.find("\nState:\t"); at != std::string::npos) {
    thread.state = status[at + 8];
  }
  thread.switches =
      field(status, "\nvoluntary_ctxt_switches:") + field(status, "\nnonvoluntary_ctxt_switches:");
  std::istringstream call(slurp(directory + "/syscall"));
  if (std::string number; call >> number && number != "running") {
    thread.call = std::atol(number.c_str());
    for (std::uint64_t& argument : thread.arguments) call >> std::hex >> argument >> std::dec;
  }
  return thread;
}

// The numbers behind the name in /proc/PID/stat, which can be any text, from number 3 on.
std::vector<std::string> fields_of(const std::string& stat) {
  std::vector<std::string> fields;
  std::istringstream rest(stat.substr(std::min(stat.rfind(')') + 2, stat.size())));
  for (std::string field; rest >> field;) fields.push_back(field);
  fields.resize(50);
  return fields;
}

bool process_state(pid_t pid, ProcessState& process) {
  const std::string directory = "/proc/" + std::to_string(pid);
  const std::string stat = slurp(directory + "/stat");
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return false;
  process.pid = pid;
  process.name = stat.substr(open + 1, close - open - 1);
  std::vector<std::string> fields = fields_of(stat);
  const auto number = [&](std::size_t field) {
    return std::strtoull(fields[field - 3].c_str(), nullptr, 10);
  };
  process.parent = static_cast<pid_t>(number(4));
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  process.cpu_ms = (number(14) + number(15) + number(16) + number(17)) * 1000 / ticks;
  process.reaped_cpu_ms = (number(16) + number(17)) * 1000 / ticks;
  // When the first thread has ended before the others, the process looks like a zombie, and has no
  // size: both stand with the others.
  const auto threads = numbers_in(directory + "/task");
  process.zombie = fields[0] == "Z" || fields[0] == "X";
  if (process.zombie && threads.size() > 1) {
    process.zombie = false;
    fields = fields_of(slurp(directory + "/task/" + std::to_string(threads.back()) + "/stat"));
  }
  process.memory = number(24) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::string status = slurp(directory + "/status");
  process.pid_inside = pid;
  if (const std::size_t at = status.find("\nNSpid:"); at != std::string::npos) {
    std::istringstream numbers(status.substr(at + 7, status.find('\n', at + 7) - at - 7));
    for (pid_t inside; numbers >> inside;) process.pid_inside = inside;
  }
  if (process.zombie) return true;
  std::error_code none;
  const std::string program = fs::read_symlink(directory + "/exe", none).string();
  process.is_role_program = program.ends_with("/subject");
  process.threads = threads_of(pid);
  return true;
}

void add_below(pid_t parent, std::vector<ProcessState>& all) {
  const std::string tasks = "/proc/" + std::to_string(parent) + "/task";
  for (const pid_t tid : numbers_in(tasks)) {
    std::istringstream children(slurp(tasks + "/" + std::to_string(tid) + "/children"));
    for (pid_t child; children >> child;) {
      if (ProcessState process; process_state(child, process)) all.push_back(std::move(process));
      add_below(child, all);
    }
  }
}

}  // namespace

std::vector<ProcessState> processes_below(pid_t root) {
  std::vector<ProcessState> all;
  add_below(root, all);
  return all;
}

std::vector<ThreadState> threads_of(pid_t pid) {
  const std::string directory = "/proc/" + std::to_string(pid) + "/task";
  std::vector<ThreadState> threads;
  for (const pid_t tid : numbers_in(directory)) {
    threads.push_back(thread_state(directory + "/" + std::to_string(tid), tid));
  }
  return threads;
}

ThreadState main_thread_of(pid_t pid) {
  const std::string number = std::to_string(pid);
  return thread_state("/proc/" + number + "/task/" + number, pid);
}

std::uint64_t cpu_ms_of_reaped(pid_t pid) {
  ProcessState process;
  return process_state(pid, process) ? process.reaped_cpu_ms : 0;
}

std::vector<OpenFile> open_files(pid_t pid) {
  std::vector<OpenFile> files;
  const std::string directory = "/proc/" + std::to_string(pid);
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(directory + "/fd", gone)) {
    OpenFile file;
    file.fd = std::atoi(entry.path().filename().c_str());
    file.object = fs::read_symlink(entry.path(), gone).string();
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) == 0) {
      file.inode = status.st_ino;
      file.is_pipe = S_ISFIFO(status.st_mode);
    }
    const std::string info = slurp(directory + "/fdinfo/" + std::to_string(file.fd));
    if (const std::size_t at = info.find("flags:"); at != std::string::npos) {
      const auto mode = std::strtoul(info.c_str() + at + 6, nullptr, 8) & O_ACCMODE;
      file.reads = mode == O_RDONLY || mode == O_RDWR;
      file.writes = mode == O_WRONLY || mode == O_RDWR;
    }
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const OpenFile& a, const OpenFile& b) { return a.fd < b.fd; });
  return files;
}

std::vector<std::string> shared_mappings(pid_t pid) {
  // One mapping is several lines once a part of it was protected or unmapped: they are summed up.
  std::map<std::string, std::uint64_t> bytes_of;
  std::istringstream lines(slurp("/proc/" + std::to_string(pid) + "/maps"));
  for (std::string line; std::getline(lines, line);) {
    // "7f00-7f01 rw-s 0 00:01 42 /memfd:x": of hundreds of lines a few are shared.
    const auto shared = line.find(' ') + 4;
    if (shared >= line.size() || line[shared] != 's') continue;
    std::istringstream words(line);
    std::uint64_t begin = 0, end = 0;
    char dash = 0;
    std::string access, offset, device, inode, object;
    words >> std::hex >> begin >> dash >> end >> access >> offset >> device >> inode >> std::ws;
    std::getline(words, object);
    if (object.starts_with("/memfd:ipclab") || object.starts_with("/memfd:faults")) continue;
    if (object.empty() || object.starts_with("/dev/zero")) object = "anonymous shared memory";
    bytes_of[object] += end - begin;
  }
  std::vector<std::string> mappings;
  for (const auto& [object, bytes] : bytes_of) {
    mappings.push_back(object + " (" + std::to_string(bytes) + " bytes)");
  }
  return mappings;
}

std::string description_of(const OpenFile& file) {
  if (file.object.starts_with("pipe:")) {
    return file.writes ? "the write end of a pipe" : "the read end of a pipe";
  }
  // "socket:[4242]": the number says nothing to a person, and is another one each time.
  if (const auto bracket = file.object.find(":["); bracket != std::string::npos) {
    return "a " + file.object.substr(0, bracket);
  }
  return file.object;
}

Waiting waiting_of(const ThreadState& thread) {
  using enum Waiting::For;
  const auto& a = thread.arguments;
  if (thread.state == 'T' || thread.state == 't') return {signal, -1, false};
  switch (thread.call) {
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_splice:
    case SYS_tee:
      return {data, static_cast<int>(a[0]), false};
    case SYS_write:
    case SYS_writev:
    case SYS_vmsplice:
    case SYS_sendto:
    case SYS_sendmsg:
      return {room, static_cast<int>(a[0]), false};
    case SYS_sendfile:
      return {room, static_cast<int>(a[0]), false};
    case SYS_mq_timedreceive:  // mq_receive(3) is the same without a deadline
      return {message, static_cast<int>(a[0]), a[4] != 0};
    case SYS_mq_timedsend:
      return {room_for_message, static_cast<int>(a[0]), a[4] != 0};
    case SYS_wait4:
    case SYS_waitid:
    case SYS_vfork:  // until the child has called exec or ended, as may the next ones
    case SYS_clone3:
      return {child, -1, false};
    case SYS_clone:
      // Without that flag it may sleep for a moment, on a busy machine, and waits for nobody.
      if ((a[0] & CLONE_VFORK) == 0) return {nothing, -1, true};
      return {child, -1, false};
    case SYS_open:
    case SYS_openat:
      return {peer_to_open, -1, false};
    case SYS_accept:
    case SYS_accept4:
    case SYS_connect:
      return {events, -1, false};
    case SYS_poll:
      return {events, -1, static_cast<int>(a[2]) >= 0};
    case SYS_ppoll:
      return {events, -1, a[2] != 0};
    case SYS_select:
    case SYS_pselect6:
      return {events, -1, a[4] != 0};
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
      return {events, -1, static_cast<int>(a[3]) >= 0};
    case SYS_futex: {
      const auto operation = a[1] & static_cast<unsigned>(FUTEX_CMD_MASK);
      // FUTEX_WAIT and friends have their deadline as fourth argument.
      return {lock, -1, a[3] != 0 && operation != FUTEX_WAKE};
    }
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
      return {time, -1, true};
    case SYS_pause:
    case SYS_rt_sigsuspend:
      return {signal, -1, false};
    case SYS_rt_sigtimedwait:
      return {signal, -1, a[2] != 0};
    case SYS_flock:
    case SYS_semop:
      return {lock, -1, false};
    default:
      return {thread.call < 0 ? nothing : other, -1, true};
  }
}

std::string call_name(long call) {
  switch (call) {
    case SYS_read:
      return "read(2)";
    case SYS_readv:
      return "readv(2)";
    case SYS_write:
      return "write(2)";
    case SYS_writev:
      return "writev(2)";
    case SYS_splice:
      return "splice(2)";
    case SYS_tee:
      return "tee(2)";
    case SYS_vmsplice:
      return "vmsplice(2)";
    case SYS_sendfile:
      return "sendfile(2)";
    case SYS_wait4:
    case SYS_waitid:
      return "waitpid(2)";
    case SYS_open:
    case SYS_openat:
      return "open(2)";
    case SYS_accept:
    case SYS_accept4:
      return "accept(2)";
    case SYS_connect:
      return "connect(2)";
    case SYS_poll:
    case SYS_ppoll:
      return "poll(2)";
    case SYS_select:
    case SYS_pselect6:
      return "select(2)";
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
      return "epoll_wait(2)";
    case SYS_futex:
      return "futex(2)";
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
      return "nanosleep(2)";
    case SYS_pause:
      return "pause(2)";
    case SYS_rt_sigsuspend:
      return "sigsuspend(2)";
    case SYS_rt_sigtimedwait:
      return "sigwait(3)";
    case SYS_recvfrom:
    case SYS_recvmsg:
      return "recv(2)";
    case SYS_sendto:
    case SYS_sendmsg:
      return "send(2)";
    case SYS_flock:
      return "flock(2)";
    case SYS_mq_timedreceive:
      return "mq_receive(3)";
    case SYS_mq_timedsend:
      return "mq_send(3)";
    default:
      return "system call " + std::to_string(call);
  }
}

}  // namespace judge
