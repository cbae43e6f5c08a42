/// Other programs: what a process becomes, and what it starts. They were not built for the engine
/// and run without the token; who waits for them waits in real time.
/// @see execve(2), exec(3), posix_spawn(3), system(3), popen(3)

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

int exec(const char* file, char* const* arguments, char* const* environment, const void* pc) {
  if (!engaged()) return real::execve(file, arguments, environment);
  const Inside engine;
  const std::uint32_t everything = object_of({0, 0}, Kind::world);
  step(Op::exec, everything, pc);
  did(Op::exec, everything, 0, true);
  // The program that comes was not built for the engine: it runs without the token.
  Process& process = control->process[me().process];
  process.foreign = true;
  // Its other threads are gone when the new program begins, and take no step until then.
  State before[most_threads];
  const std::uint32_t known = control->threads;
  for (std::uint32_t i = 0; i < known; ++i) {
    Thread& thread = control->thread[i];
    before[i] = thread.state;
    if (i != self && thread.process == me().process) thread.state = State::ended;
  }
  wake_everybody();
  leave();
  const int result = real::execve(file, arguments, environment);
  const int error = errno;
  process.foreign = false;
  come_back();
  for (std::uint32_t i = 0; i < known; ++i) {
    Thread& thread = control->thread[i];
    if (i != self && thread.process == me().process) thread.state = before[i];
  }
  errno = error;
  return result;
}

// As a shell finds it.
int exec_by_path(const char* file, char* const* arguments, char* const* environment,
                 const void* pc) {
  if (std::strchr(file, '/') != nullptr) return exec(file, arguments, environment, pc);
  const char* places = std::getenv("PATH");
  if (places == nullptr) places = "/usr/local/bin:/usr/bin:/bin";
  char whole[4096];
  for (const char* at = places; *at != '\0';) {
    const std::size_t length = std::strcspn(at, ":");
    std::snprintf(whole, sizeof whole, "%.*s/%s", static_cast<int>(length), at, file);
    if (::access(whole, X_OK) == 0) return exec(whole, arguments, environment, pc);
    at += length + (at[length] == ':' ? 1 : 0);
  }
  errno = ENOENT;
  return -1;
}

using Spawn = int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                  char* const*, char* const*);
constinit real::Function<Spawn> real_spawn{"posix_spawn"};
constinit real::Function<Spawn> real_spawnp{"posix_spawnp"};

int spawn(real::Function<Spawn>& how, pid_t* pid, const char* file,
          const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes,
          char* const* arguments, char* const* environment, const void* pc) {
  if (!engaged()) return how(pid, file, actions, attributes, arguments, environment);
  const Inside engine;
  const std::uint32_t everything = object_of({0, 0}, Kind::world);
  step(Op::exec, everything, pc);
  pid_t child = -1;
  const int error = how(&child, file, actions, attributes, arguments, environment);
  if (error == 0) {
    Process& process = control->process[new_process()];
    process.pid = child;
    process.foreign = true;
    if (pid != nullptr) *pid = child;
  }
  did(Op::exec, everything, error, true);
  return error;
}

constexpr std::size_t most_arguments = 256;

// The list of arguments of execl(3) and its kin.
#define ARGUMENTS(first)                                                            \
  char* arguments[most_arguments] = {const_cast<char*>(first)};                     \
  va_list list;                                                                     \
  va_start(list, first);                                                            \
  for (std::size_t i = 1; i < most_arguments && arguments[i - 1] != nullptr; ++i) { \
    arguments[i] = va_arg(list, char*);                                             \
  }

// The commands that popen(3) has started, of this process.
struct Command {
  FILE* stream = nullptr;
  pid_t pid = -1;
};
Command commands[16];

const char* const shell = "/bin/sh";

}  // namespace

extern "C" {

int execve(const char* file, char* const* arguments, char* const* environment) noexcept {
  return exec(file, arguments, environment, PC);
}
int execv(const char* file, char* const* arguments) noexcept {
  return exec(file, arguments, environ, PC);
}
int execvpe(const char* file, char* const* arguments, char* const* environment) noexcept {
  return exec_by_path(file, arguments, environment, PC);
}
int execvp(const char* file, char* const* arguments) noexcept {
  return exec_by_path(file, arguments, environ, PC);
}
int execl(const char* file, const char* first, ...) noexcept {
  ARGUMENTS(first)
  va_end(list);
  return exec(file, arguments, environ, PC);
}
int execlp(const char* file, const char* first, ...) noexcept {
  ARGUMENTS(first)
  va_end(list);
  return exec_by_path(file, arguments, environ, PC);
}
int execle(const char* file, const char* first, ...) noexcept {
  ARGUMENTS(first)
  char* const* environment = va_arg(list, char* const*);
  va_end(list);
  return exec(file, arguments, environment, PC);
}
int fexecve(int fd, char* const* arguments, char* const* environment) noexcept {
  char file[40];
  std::snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
  return exec(file, arguments, environment, PC);
}

int posix_spawn(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* arguments,
                char* const* environment) {
  return spawn(real_spawn, pid, file, actions, attributes, arguments, environment, PC);
}
int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const* arguments,
                 char* const* environment) {
  return spawn(real_spawnp, pid, file, actions, attributes, arguments, environment, PC);
}

int system(const char* command) {
  if (command == nullptr) return 1;
  const char* arguments[] = {"sh", "-c", command, nullptr};
  pid_t pid = -1;
  if (spawn(real_spawn, &pid, shell, nullptr, nullptr, const_cast<char**>(arguments), environ,
            PC) != 0) {
    return -1;
  }
  int status = -1;
  return ::waitpid(pid, &status, 0) < 0 ? -1 : status;
}

FILE* popen(const char* command, const char* mode) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return nullptr;
  const bool reads = *mode == 'r';
  const int ours = reads ? ends[0] : ends[1];
  const int theirs = reads ? ends[1] : ends[0];
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, theirs, reads ? 1 : 0);
  const char* arguments[] = {"sh", "-c", command, nullptr};
  Command started;
  const int error = spawn(real_spawn, &started.pid, shell, &actions, nullptr,
                          const_cast<char**>(arguments), environ, PC);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(theirs);
  started.stream = error == 0 ? ::fdopen(ours, reads ? "r" : "w") : nullptr;
  if (started.stream == nullptr) {
    ::close(ours);
    errno = error;
    return nullptr;
  }
  for (Command& slot : commands) {
    if (slot.stream != nullptr) continue;
    slot = started;
    break;
  }
  return started.stream;
}

int pclose(FILE* stream) {
  for (Command& slot : commands) {
    if (slot.stream != stream) continue;
    const pid_t pid = slot.pid;
    slot = Command{};
    std::fclose(stream);
    int status = -1;
    return ::waitpid(pid, &status, 0) < 0 ? -1 : status;
  }
  errno = ECHILD;
  return -1;
}

}  // extern "C"
