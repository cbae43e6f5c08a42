#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/judge/builder.h"
#include "common/judge/far_host.h"
#include "common/judge/sandbox.h"
#include "common/judge/scenario.h"
#include "common/judge/sockets.h"
#include "common/judge/symbolizer.h"
#include "common/subject/protocol.h"

namespace judge {

/// A sandbox with a zygote in it, and the connection to that. Both ends of it are ours.
class ZygoteLink {
 public:
  /// Starts the sandbox and waits for the zygote.
  /// @param programs  what roles may exec: a program of the machine by name, or "name=path in the
  ///                  kit".
  /// @throws std::runtime_error  if it does not start.
  /// @throws NoTwoHosts  if `network` asks for them, and the machine does not grant them.
  ZygoteLink(const Kit& kit, Build build, const Image& image,
             const std::vector<std::string>& programs, Network network);

  void order(subject::Order what, std::uint32_t argument, const std::vector<int>& descriptors = {},
             const std::string& path = {});

  /// A new sandbox, and a zygote in it, instead of one in which a run has left something.
  void start_again();

  /// Waits for the next news. @param descriptor  takes the one that comes along.
  /// @throws std::runtime_error  if the sandbox has ended, or does not answer.
  subject::ZygoteNews next_news(ipc::UniqueFd* descriptor = nullptr);

  /// For poll(2): readable when there is news.
  [[nodiscard]] int socket() const { return sockets_.ours.get(); }
  /// The zygote's pid, as the judge sees it.
  [[nodiscard]] pid_t pid() const { return process_->first(); }
  [[nodiscard]] const std::string& scratch() const { return scratch_; }
  /// Why no message queue can be made in there: an errno; 0 if one can.
  [[nodiscard]] int message_queue_error() const { return message_queue_error_; }
  [[nodiscard]] Symbolizer& symbolizer() { return symbolizer_; }
  [[nodiscard]] Network network() const { return network_; }
  /// The other host, if there are two; another one after `start_again`, in the same place.
  [[nodiscard]] FarHost& far_host() { return far_host_; }

 private:
  void start();

  const Kit& kit_;
  Build build_;
  int library_;
  std::vector<std::string> programs_;
  Network network_;
  FarHost far_host_;
  SocketPair sockets_;
  Symbolizer symbolizer_;
  std::string scratch_;
  int message_queue_error_ = 0;
  std::optional<Process> process_;
};

}  // namespace judge
