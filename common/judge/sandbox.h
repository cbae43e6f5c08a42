#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ipc/unique_fd.h"
#include "common/judge/far_host.h"
#include "common/judge/kit.h"

namespace judge {

/// What stands between a submission and the machine.
enum class Isolation {
  bubblewrap,  ///< namespaces: what is not mounted does not exist
  landlock,    ///< a Landlock domain; as root also a uid of its own. Other processes can be seen
  none,        ///< resource limits and a system-call filter, nothing else
};

std::string to_string(Isolation isolation);

/// The best isolation that this machine grants, found by trying. IPCLAB_ISOLATION in the
/// environment chooses a weaker one. The answer is kept.
/// @throws std::runtime_error  if IPCLAB_ISOLATION asks for what the machine does not grant.
Isolation best_isolation(const Kit& kit);

/// Resource limits of a sandboxed program, for each of its processes.
struct Limits {
  std::uint64_t cpu_seconds = 10;
  std::uint64_t memory = 0;  ///< address space, bytes; 0: unlimited (sanitizers reserve terabytes)
  std::uint64_t processes = 64;
  std::uint64_t file_size = 64 << 20;  ///< bytes
  std::uint64_t scratch = 64 << 20;    ///< bytes in each of /tmp and /dev/shm
  bool sets_modes = false;             ///< calls fchmod(2) on what it makes, as mold does
  bool fixed_addresses = false;        ///< the same addresses each time: see personality(2)
};

/// A sandbox that has been described and can be started once.
///
/// Paths inside differ between the kinds of isolation: `add_file`, `show` and `scratch` say what a
/// thing is called inside, and commands are put together from their answers.
class Sandbox {
 public:
  explicit Sandbox(const Kit& kit);
  Sandbox(Sandbox&&) noexcept;
  Sandbox(const Sandbox&) = delete;
  ~Sandbox();

  /// A file or directory of the machine, to be read inside.
  std::string show(const std::filesystem::path& path);

  /// A file with `content` in the directory `directory` (a plain word), to be read inside.
  /// @param may_run  it is a program.
  std::string add_file(std::string_view directory, std::string_view name,
                       std::span<const std::byte> content, bool may_run = false);

  /// A variable of the environment: "NAME=value".
  void set_variable(std::string variable) { variables_.push_back(std::move(variable)); }

  /// The directory `directory` of `add_file`, inside.
  std::string directory(std::string_view directory) const;

  /// A directory for temporary files, empty at the start and gone in the end.
  [[nodiscard]] std::string scratch() const;
  /// All directories in which a program can leave something: also those of POSIX shared memory and
  /// message queues, if they are its own.
  [[nodiscard]] std::vector<std::string> scratch_directories() const;

  /// The programs of the machine are visible (for the compiler), and not only its libraries.
  void show_programs();
  /// One program of the machine, under its name in PATH (a plain word); nothing if there is none.
  void show_program(std::string_view name, std::string_view as = {});

  /// One of the kit's own programs (a path in the kit), as `as` in PATH.
  void show_ours(std::string_view path, std::string_view as);

  /// What is started runs on the near host of two, and nothing of the other one is inside but what
  /// comes over the network: see FarHost. Only under bubblewrap.
  /// @param far  becomes the other one when this is started.
  /// @throws NoTwoHosts  as may `start`.
  void beside(FarHost& far);

  /// Starts `command` in directory `work`, with `descriptors` as {ours, theirs}; all others closed.
  /// @throws std::runtime_error  if it cannot be started.
  class Process start(const std::vector<std::string>& command, const std::string& work,
                      const Limits& limits, const std::vector<std::pair<int, int>>& descriptors);

  /// Whether what runs in it has a uid that nothing else has. Else it has the caller's.
  [[nodiscard]] bool has_own_uid() const { return uid_ >= 0; }

 private:
  struct File {
    std::string inside;
    ipc::UniqueFd data;
    bool may_run;
  };
  std::vector<std::string> confine_command(const Limits& limits) const;
  void put_into_path(const std::filesystem::path& program, std::string_view name);

  const Kit* kit_;
  Isolation isolation_;
  long uid_;  ///< of its own; -1: the caller's
  std::vector<std::pair<std::string, std::string>> mounts_;
  std::vector<File> files_;
  std::vector<std::string> words_;  ///< directories of add_file
  std::vector<std::string> variables_;
  std::filesystem::path outside_root_;  ///< landlock, none: a temporary directory of the machine
  bool programs_ = false;
  FarHost* far_ = nullptr;  ///< the other host, if there is one
};

/// A running sandbox; destroying it kills all that is in it and removes what it left.
class Process {
 public:
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  ~Process();

  /// The first process of the sandbox, by the pid that the judge sees.
  [[nodiscard]] pid_t first() const { return first_; }

  /// Kills everything.
  void kill();
  /// Waits for the end; the status as wait(2) gives it.
  int wait();
  /// Processor time of all that were in it, once it has been waited for.
  [[nodiscard]] std::chrono::milliseconds cpu() const { return cpu_; }
  /// For poll(2): readable once the outermost process has ended.
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

 private:
  friend class Sandbox;
  Process() = default;
  void finish();

  pid_t outer_ = -1;
  pid_t first_ = -1;
  long uid_ = -1;
  bool in_namespaces_ = false;
  ipc::UniqueFd pidfd_;
  int status_ = 0;
  std::chrono::milliseconds cpu_{0};
  std::filesystem::path remove_;
};

}  // namespace judge
