#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "common/judge/processes.h"
#include "common/judge/scenario.h"
#include "common/judge/zygote_link.h"
#include "common/subject/protocol.h"

namespace judge {

/// The fault page, as the judge sees it.
class Faults {
 public:
  explicit Faults(const std::vector<subject::FaultRule>& rules);
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  [[nodiscard]] int file() const { return file_.get(); }
  [[nodiscard]] const subject::FaultPage& page() const { return *page_; }

 private:
  ipc::UniqueFd file_;
  subject::FaultPage* page_ = nullptr;
};

/// A role while it runs, as the judge sees it. What comes out of its control socket and its output
/// is a claim of untrusted code: it is bounded, and every length in it is checked.
struct Player {
  explicit Player(Cast& from) : cast(&from), faults(from.faults) { result.role = from.role; }

  /// Has the zygote fork it, as number `index` of the run, and gives it what the check gives it.
  void start(ZygoteLink& zygote, std::uint32_t index);
  /// Takes note of what it is before its body starts.
  /// @param outside  its pid, as the judge sees it.
  /// @returns false  if it is gone already, and its body will not start.
  [[nodiscard]] bool meet(pid_t outside);
  /// Sends it a signal; nothing happens if it is not there any more.
  void signal(int number) const;
  /// Lets it go on from where it waits for the judge.
  void go();
  /// Takes what has come from its control socket.
  void listen();
  /// Takes what it has printed.
  void read_output();

  Cast* cast;
  Faults faults;
  RoleResult result;
  ipc::UniqueFd control;   ///< our end
  ipc::UniqueFd output;    ///< what it prints
  std::uint64_t base = 0;  ///< where the submission is loaded
  pid_t pid = -1;          ///< as the judge sees it
  ipc::UniqueFd process;   ///< the same as a descriptor, which is nobody else's when it is gone
  pid_t pid_inside = -1;   ///< as the sandbox sees it
  std::vector<OpenFile> open_before;
  bool started = false;  ///< its body
  bool ready = false, finished = false, inspected = false, exited = false;
  struct Traced {
    int signal;
    pid_t pid;
    std::vector<std::uint64_t> addresses;
  };
  std::vector<Traced> traces;

 private:
  void take_frames();
  void take_frame(subject::FromRole kind, std::span<const std::byte> body);

  Bytes incoming_;         // not yet a whole frame
  std::size_t taken_ = 0;  // bytes from the control socket so far
};

}  // namespace judge
