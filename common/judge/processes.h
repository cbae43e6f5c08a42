#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// The processes of a run as /proc shows them: what they wait for, and what they hold open.
/// @see proc(5)
namespace judge {

/// A thread, at one moment.
struct ThreadState {
  pid_t tid = 0;
  char state = '?';                          ///< as in /proc/PID/stat: R, S, D, T, Z
  long call = -1;                            ///< the system call it is blocked in; -1: none
  std::array<std::uint64_t, 6> arguments{};  ///< of that call
  std::uint64_t switches = 0;                ///< how often it has been switched from and to
  bool operator==(const ThreadState&) const = default;
};

/// An open descriptor.
struct OpenFile {
  int fd = -1;
  std::string object;  ///< "pipe:[4242]", "/tmp/fifo", ...
  std::uint64_t inode = 0;
  bool is_pipe = false;  ///< a pipe or a FIFO
  bool reads = false;
  bool writes = false;
  bool operator==(const OpenFile&) const = default;
};

/// A process, at one moment.
struct ProcessState {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t pid_inside = 0;  ///< its number in the sandbox
  std::string name;      ///< the program's, or the role's
  bool zombie = false;
  bool is_role_program = false;  ///< it has not called exec: it still runs our subject
  std::uint64_t cpu_ms = 0;      ///< user and system time so far, with children it has waited for
  std::uint64_t reaped_cpu_ms = 0;  ///< of children it has waited for, alone
  std::uint64_t memory = 0;         ///< resident bytes
  std::vector<ThreadState> threads;
  bool operator==(const ProcessState&) const = default;
};

/// The processes below `root`, without it.
std::vector<ProcessState> processes_below(pid_t root);

/// All threads of a process; none if it is gone.
std::vector<ThreadState> threads_of(pid_t pid);

/// The first thread of a process; state '?' if it is gone.
ThreadState main_thread_of(pid_t pid);

/// User and system time of the children that a process has waited for, and of theirs.
std::uint64_t cpu_ms_of_reaped(pid_t pid);

/// What is open, for a person: "the write end of a pipe", or a path.
std::string description_of(const OpenFile& file);

/// What a process has open; empty if it is gone.
std::vector<OpenFile> open_files(pid_t pid);

/// What a process shares with others by mmap(2), in words: "/dev/shm/ring (4096 bytes)". What the
/// judge gave its roles is not among it.
std::vector<std::string> shared_mappings(pid_t pid);

/// What a blocked call waits for.
struct Waiting {
  enum class For {
    nothing,
    data,
    room,
    message,
    room_for_message,
    child,
    peer_to_open,
    events,
    lock,
    time,
    signal,
    other
  };
  For what = For::nothing;
  int fd = -1;         ///< for data, room, and messages
  bool timed = false;  ///< it ends by itself some day
};

/// Classifies the call that `thread` is blocked in.
Waiting waiting_of(const ThreadState& thread);

/// The name of a system call that blocks, as its man page has it: "read(2)".
std::string call_name(long call);

}  // namespace judge
