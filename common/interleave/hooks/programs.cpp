/// Other programs: what a process becomes, and what it starts. They were not built for the engine
/// and run without the token; who waits for them waits in real time.
///
/// A program can bring programs of its own along, as functions: exec(3) of "cat" calls
/// `interleave_program_cat`, if there is such a function, in place of what lies on the disk. So a
/// whole pipeline can be explored, with all that its stages do.
/// @see execve(2), exec(3), posix_spawn(3), system(3), popen(3)

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/run.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

using OwnProgram = int(int, char**);

OwnProgram* own_program(const char* file) {
  const char* slash = std::strrchr(file, '/');
  char symbol[100];
  std::snprintf(symbol, sizeof symbol, "interleave_program_%s",
                slash != nullptr ? slash + 1 : file);
  return reinterpret_cast<OwnProgram*>(::dlsym(RTLD_DEFAULT, symbol));
}

// What exec(3) does with what is open, and then the function in the place of main.
[[noreturn]] void become(OwnProgram* program, char* const* arguments, const void* pc) {
  constexpr int most_descriptors = 256;
  for (int fd = 0; fd < most_descriptors; ++fd) {
    const long flags = raw::call(SYS_fcntl, fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) != 0) ::close(fd);
  }
  int count = 0;
  while (arguments[count] != nullptr) ++count;
  const int status = program(count, const_cast<char**>(arguments));
  exit_here(status, pc);
  raw::call(SYS_exit_group, status);
  __builtin_unreachable();
}

int exec(const char* file, char* const* arguments, char* const* environment, const void* pc) {
  if (!engaged()) return real::execve(file, arguments, environment);
  if (OwnProgram* program = own_program(file)) {
    {
      const Inside engine;
      const std::uint32_t everything = object_of({0, 0}, Kind::world);
      step(Op::exec, everything, pc);
      did(Op::exec, everything, 0, true);
    }
    become(program, arguments, pc);
  }
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
  if (std::strchr(file, '/') != nullptr || own_program(file) != nullptr) {
    return exec(file, arguments, environment, pc);
  }
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

// What the child of a spawn is to do before it is another program. What libc keeps of that is its
// own affair: it is noted here as it is told.
struct FileAction {
  enum { close, duplicate, open } what;
  const posix_spawn_file_actions_t* list;
  int fd, other;
  const char* path;
  int flags;
  mode_t mode;
};
constexpr std::size_t most_actions = 256;
FileAction file_action[most_actions];
std::size_t file_actions = 0;

void note(const FileAction& action) {
  if (file_actions < most_actions) file_action[file_actions++] = action;
}

void forget(const posix_spawn_file_actions_t* list) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < file_actions; ++i) {
    if (file_action[i].list != list) file_action[kept++] = file_action[i];
  }
  file_actions = kept;
}

bool carry_out(const FileAction& action) {
  switch (action.what) {
    case FileAction::close:
      ::close(action.fd);
      return true;
    case FileAction::duplicate:
      if (action.fd == action.other) return ::fcntl(action.fd, F_SETFD, 0) == 0;
      return ::dup2(action.fd, action.other) >= 0;
    case FileAction::open: {
      const int fd = ::open(action.path, action.flags, action.mode);
      if (fd < 0 || fd == action.fd) return fd >= 0;
      const bool done = ::dup2(fd, action.fd) >= 0;
      ::close(fd);
      return done;
    }
  }
  return false;
}

// posix_spawn(3) of a program that is a function here: by fork, and all that it does then.
int spawn_own(OwnProgram* program, pid_t* pid, const posix_spawn_file_actions_t* actions,
              const posix_spawnattr_t* attributes, char* const* arguments, const void* pc) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child > 0) {
    if (pid != nullptr) *pid = child;
    return 0;
  }
  short flags = 0;
  if (attributes != nullptr) ::posix_spawnattr_getflags(attributes, &flags);
  sigset_t set;
  if ((flags & POSIX_SPAWN_SETSIGMASK) != 0) {
    ::posix_spawnattr_getsigmask(attributes, &set);
    ::sigprocmask(SIG_SETMASK, &set, nullptr);
  }
  if ((flags & POSIX_SPAWN_SETSIGDEF) != 0) {
    ::posix_spawnattr_getsigdefault(attributes, &set);
    for (int signal = 1; signal < 32; ++signal) {
      if (::sigismember(&set, signal) == 1) ::signal(signal, SIG_DFL);
    }
  }
  for (std::size_t i = 0; i < file_actions; ++i) {
    if (file_action[i].list == actions && !carry_out(file_action[i])) ::_exit(127);
  }
  become(program, arguments, pc);
}

int spawn(real::Function<Spawn>& how, pid_t* pid, const char* file,
          const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes,
          char* const* arguments, char* const* environment, const void* pc) {
  if (!engaged()) return how(pid, file, actions, attributes, arguments, environment);
  if (OwnProgram* program = own_program(file)) {
    return spawn_own(program, pid, actions, attributes, arguments, pc);
  }
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

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t* list, int fd) noexcept {
  static constinit real::Function<int(posix_spawn_file_actions_t*, int)> addclose{
      "posix_spawn_file_actions_addclose"};
  note({FileAction::close, list, fd, -1, nullptr, 0, 0});
  return addclose(list, fd);
}
int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t* list, int fd, int other) noexcept {
  static constinit real::Function<int(posix_spawn_file_actions_t*, int, int)> adddup2{
      "posix_spawn_file_actions_adddup2"};
  note({FileAction::duplicate, list, fd, other, nullptr, 0, 0});
  return adddup2(list, fd, other);
}
int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t* list, int fd, const char* path,
                                     int flags, mode_t mode) noexcept {
  static constinit real::Function<int(posix_spawn_file_actions_t*, int, const char*, int, mode_t)>
      addopen{"posix_spawn_file_actions_addopen"};
  note({FileAction::open, list, fd, -1, path, flags, mode});
  return addopen(list, fd, path, flags, mode);
}
int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t* list) noexcept {
  static constinit real::Function<int(posix_spawn_file_actions_t*)> destroy{
      "posix_spawn_file_actions_destroy"};
  forget(list);
  return destroy(list);
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
