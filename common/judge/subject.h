#pragma once

#include <memory>

#include "common/ipc/system_error.h"
#include "common/judge/builder.h"
#include "common/judge/sandbox.h"
#include "common/judge/scenario.h"

namespace judge {

/// Where a check expects a FIFO or a file, the submission has put none.
class NotThere : public ipc::SystemError {
 public:
  NotThere(const std::string& path, int error) : SystemError(("open of " + path).c_str(), error) {}
};

/// What a check may ask while a run is quiet: see Scenario::when_quiet.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Opens a FIFO or a file inside the sandbox, never blocking; throws NotThere.
  virtual ipc::UniqueFd open(const std::string& path, int flags) = 0;
  /// Whether the role's body has ended.
  [[nodiscard]] virtual bool finished(Role role) const = 0;
  /// What the role has reported so far.
  [[nodiscard]] virtual const RoleResult& so_far(Role role) const = 0;
  /// Lets a role that is in Me::wait_for_judge go on.
  virtual void let_go(Role role) = 0;
  /// Lets every role go on that is in Me::wait_for_judge.
  virtual void let_all_go() = 0;
  /// Sends the role's process a signal, such as one that interrupts the call it is blocked in.
  virtual void signal(Role role, int number) = 0;
  /// Kills the role's process with SIGKILL.
  virtual void kill(Role role) = 0;
};

/// A submission in its sandbox, ready to run scenarios: the zygote, seen from the judge.
class Subject {
 public:
  /// @param programs  names of the machine's programs that roles may exec.
  /// @throws std::runtime_error  if the sandbox cannot be started.
  /// @throws NoTwoHosts  if `network` asks for them, and the machine does not grant them.
  Subject(const Kit& kit, Build build, const Image& image, const std::vector<std::string>& programs,
          Network network = Network::own);
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  /// Runs a scenario once, natively: the kernel schedules. A hang is not guessed by a clock: it is
  /// there when every thread is blocked in a call that no timeout ends, nobody has run between two
  /// looks, and the judge itself has nothing left to do.
  RunResult run(Scenario scenario);

  /// A directory inside that is empty before each run and may be written.
  [[nodiscard]] std::string scratch() const;

  /// Why no message queue can be made inside: the errno of mq_open(3); 0 if one can.
  [[nodiscard]] int message_queue_error() const;

  /// The other host, where there are two.
  [[nodiscard]] FarHost& far_host();

 private:
  std::unique_ptr<class ZygoteLink> zygote_;
};

}  // namespace judge
