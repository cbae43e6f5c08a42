#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// The kit: what grading needs once the project is built, all under one directory (`build/kit`).
///
///     kit.json                      how to compile and link a submission (written by CMake)
///     bin/ipclab  bin/stage         the command; the program that check scenarios exec
///     bin/confine  bin/two-hosts    what starts a sandboxed program
///     include/common/ipc/           headers that a lab may include
///     prelude/{plain,sanitized}/    the precompiled header of each build
///     subject/{plain,sanitized}     the subject's trusted half: zygote, roles' runtime, faults
///     NN-topic/judge                the checks of a lab
///     NN-topic/lab.json hints.json  what the lab is called, its files and parts; its hints
///     NN-topic/include/             the interface as it was given to the student
///     NN-topic/broken/              programs to be broken by a schedule, and their sources
///     NN-topic/{plain,sanitized}/   role objects, and stand-ins for what a submission lacks
namespace judge {

/// How a submission is built and run: as the student would, watched by ASan and UBSan, or with the
/// engine, which explores its schedules.
enum class Build { plain, sanitized, interleaved };

/// "plain", "sanitized" or "interleaved".
std::string to_string(Build build);

/// A part of a lab: 'A', "write_all and read_full".
struct Part {
  std::string letter;
  std::string title;
};

/// What a lab is, from its `lab.json`.
struct Lab {
  std::string name;                ///< "01-pipe".
  std::string title;               ///< "Pipes: a stream of bytes".
  std::vector<std::string> files;  ///< What the student writes: "stream.cpp", ...
  std::vector<Part> parts;
  /// Programs that roles may exec: the machine's by name, or "name=path" for one in the kit.
  std::vector<std::string> programs;
  /// What the machine has to have besides: "message-queues". Where it is not, nobody loses a point.
  std::vector<std::string> needs;
};

/// The hints of each check, from `hints.json`: vaguest first, each said only when asked for.
using Hints = std::map<std::string, std::vector<std::string>>;

/// A kit on the disk.
class Kit {
 public:
  /// @throws std::runtime_error  with a message for the person at the terminal, if `root` holds no
  ///         kit or one that cannot be read.
  explicit Kit(std::filesystem::path root);

  /// The kit that the running program belongs to: found from /proc/self/exe, since each of a kit's
  /// programs lies two levels below its root. IPCLAB_KIT in the environment names another one.
  static Kit of_this_program();

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  /// All labs, in the order of their numbers: the directories NN-topic that hold a `lab.json`.
  /// @throws std::runtime_error  if one of those cannot be read.
  [[nodiscard]] std::vector<Lab> labs() const;

  /// The hints of the lab called `lab`; none if it has no `hints.json`.
  /// @throws std::runtime_error  if there is one that cannot be read.
  [[nodiscard]] Hints hints(const std::string& lab) const;

  /// The program that grades the lab called `lab`.
  [[nodiscard]] std::filesystem::path judge(const std::string& lab) const;

  /// The compiler, as an absolute path, and its arguments for `build`; and what links, with its
  /// own: a shared object that roles load, or (interleaved) a program.
  [[nodiscard]] const std::string& compiler() const { return compiler_; }
  [[nodiscard]] const std::vector<std::string>& compile_flags(Build build) const;
  [[nodiscard]] const std::vector<std::string>& link_flags(Build build) const;

 private:
  std::filesystem::path root_;
  std::string compiler_;
  std::map<Build, std::vector<std::string>> compile_flags_, link_flags_;
};

}  // namespace judge
