#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/ipc/unique_fd.h"

/// What lies outside of the sandbox while an attack is graded, and whether it was reached: files
/// with secrets, a server, a process that has nothing to do with it, and the places where something
/// could be left behind. Each attack finds all of it in a header of its own, as an attacker would
/// who has read everything here.
namespace attacks {

class Outside {
 public:
  /// @param name  the attack's: part of the names that it gives to what it leaves.
  explicit Outside(const std::string& name);
  ~Outside();
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  /// An empty directory, for the submission.
  [[nodiscard]] std::filesystem::path submission() const { return directory_ / "submission"; }
  /// The judge's own directory for temporary files.
  [[nodiscard]] std::filesystem::path temporary() const { return directory_ / "tmp"; }
  /// A file that nobody may read.
  [[nodiscard]] std::filesystem::path canary() const { return directory_ / "canary"; }
  /// What must not stand in a report.
  [[nodiscard]] const std::vector<std::string>& secrets() const { return secrets_; }

  /// The header that tells an attack where everything is.
  [[nodiscard]] std::string header() const;

  /// What was reached or left behind, a sentence each; to be asked when the judge has ended.
  [[nodiscard]] std::vector<std::string> traces();

 private:
  void look_at_processes(std::vector<std::string>& traces);
  void look_at_files(std::vector<std::string>& traces) const;
  void look_at_objects(std::vector<std::string>& traces) const;
  void look_at_server(std::vector<std::string>& traces) const;

  std::filesystem::path directory_;
  std::string token_;
  int key_;
  std::vector<std::string> secrets_;
  ipc::UniqueFd tcp_, udp_, local_;
  int port_ = 0;
  pid_t bystander_ = -1;
};

}  // namespace attacks
