#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>

#include "common/judge/builder.h"
#include "common/judge/kit.h"
#include "common/judge/subject.h"
#include "tests/common/judge/toy/roles.h"

namespace judge {

/// For GoogleTest.
inline void PrintTo(const Place& place, std::ostream* out) {
  *out << place.file << ':' << place.line << " \"" << place.text << '"';
}

}  // namespace judge

/// A student's code in a string, built and ready to run: for tests of what lies between a check and
/// the code, without a check.
namespace toy {

/// The kit of the tests, which has the toy lab besides what the real one has.
inline const judge::Kit& kit() {
  static const judge::Kit kit(IPCLAB_TEST_KIT_DIR);
  return kit;
}

inline const judge::Lab& lab() {
  static const judge::Lab lab = kit().labs().at(0);
  return lab;
}

/// `body` as a toy.cpp; what every scene needs is included in its first line.
inline std::string source(std::string_view body) {
  return R"(#include "toy.h"  // and <unistd.h> and the like, in this one line: #line follows
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>
#include "common/ipc/system_error.h"
#line 1 "./toy.cpp"
)" + std::string(body);
}

/// Compiles and links a toy.cpp; `body` begins with its line 1.
inline judge::Image image(std::string_view body, judge::Build build = judge::Build::plain) {
  judge::Submission submission;
  submission.sources["toy.cpp"] = source(body);
  return judge::build(kit(), lab(), submission, build, 1,
                      std::filesystem::path(IPCLAB_TEST_KIT_DIR).parent_path() / "cache");
}

/// A built toy.cpp in its sandbox.
class Subject {
 public:
  explicit Subject(std::string_view body, judge::Build build = judge::Build::plain)
      : image_(image(body, build)), subject_(kit(), build, image_, lab().programs) {}

  judge::RunResult run(judge::Scenario scenario) { return subject_.run(std::move(scenario)); }

  /// Plays a scene that needs nobody else.
  judge::RunResult play(const std::string& scene,
                        const std::vector<subject::FaultRule>& faults = {}) {
    judge::Cast cast = judge::Cast(soloist).give("scene", scene);
    cast.faults = faults;
    return run(judge::Scenario().with(std::move(cast)));
  }

  [[nodiscard]] const judge::Image& image_of_it() const { return image_; }
  [[nodiscard]] std::string scratch() const { return subject_.scratch(); }

 private:
  judge::Image image_;
  judge::Subject subject_;
};

/// What the first role said; a text that no test expects if it said nothing.
inline std::string said(const judge::RunResult& run) {
  const judge::Bytes* data = run.only().reported("said");
  return data != nullptr ? judge::to_text(*data) : "(nothing)";
}

}  // namespace toy
