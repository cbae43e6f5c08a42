#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/ipc/unique_fd.h"

/// A kit whose judges are shell scripts, and the command run on it: what `ipclab` does with a judge
/// can be tested without one.
namespace fake {

namespace fs = std::filesystem;

/// A directory that is gone when the test is.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write(const fs::path& file, const std::string& text);
std::string read(const fs::path& file);

/// How a run of the command ended, and what it printed.
struct Outcome {
  int status = -1;  ///< 128 + N if signal N ended it.
  std::string out;
  std::string err;
};

/// How the command is started.
struct Setting {
  std::map<std::string, std::string> environment{};
  int ignored_signal = 0;  ///< As nohup ignores SIGHUP for what it starts; 0 for none.
  bool terminal = false;   ///< Its standard output and error are one terminal of 100 by 40.
};

/// A run of the command that is still going on.
class Session {
 public:
  Session(const fs::path& directory, std::vector<std::string> arguments, const Setting& setting);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Reads until `text` has been printed (to either stream) since the last call.
  /// @throws std::runtime_error  if the command ends without, or nothing comes for 30 seconds.
  void expect(const std::string& text);

  void signal(int number);

  /// Closes our end of its standard output, as `head` does when it has enough.
  void stop_reading() { out_.reset(); }

  /// Reads until the command ends.
  Outcome wait();

 private:
  bool read_some();

  pid_t pid_ = -1;
  bool ended_ = false;
  ipc::UniqueFd out_, err_;
  std::string out_text_, err_text_;
  std::size_t seen_out_ = 0, seen_err_ = 0;
};

/// The kit, and beside it a tree with a submission for each lab.
class Kit {
 public:
  /// With the labs 01-pipe (which replays a recording) and 02-message-queues (full marks).
  Kit();

  /// Makes `script` (of sh) the judge of `lab`. Its events go to descriptor 3; `replay NAME` says
  /// what the recording of that name says, which is in the file `$recordings/NAME.jsonl`.
  void set_judge(const std::string& lab, const std::string& script) const;

  /// Makes the judge of `lab` replay a recording of tests/common/report/golden.
  void replay(const std::string& lab, const std::string& recording) const;

  [[nodiscard]] fs::path root() const { return scratch_.path() / "build" / "kit"; }
  [[nodiscard]] fs::path progress() const { return scratch_.path() / "build" / "progress"; }

  /// Where the command is run; its `labs` is the student's own tree.
  [[nodiscard]] const fs::path& home() const { return scratch_.path(); }
  [[nodiscard]] fs::path labs() const { return home() / "labs"; }

  [[nodiscard]] Outcome run(std::vector<std::string> arguments, Setting setting = {}) const;

  /// Starts the command and leaves it running.
  [[nodiscard]] std::unique_ptr<Session> start(std::vector<std::string> arguments,
                                               Setting setting = {}) const;

 private:
  Scratch scratch_;
};

}  // namespace fake
