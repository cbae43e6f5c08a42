#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace subject {

/// A role's view of itself: what the judge gave it, and how it tells the judge what it saw.
///
/// Everything here reaches the judge as a claim. Checks are written so that a claim can only be
/// right if the work was done: the data is random, and only the sending side was given it.
class Me {
 public:
  Me(std::string role, const std::map<std::string, std::string>& arguments,
     const std::map<std::string, int>& descriptors, int control);

  /// The same with the bytes it is to send; for where no descriptor brings them.
  Me(std::string role, const std::map<std::string, std::string>& arguments,
     const std::map<std::string, int>& descriptors, std::vector<std::byte> payload, int control)
      : Me(std::move(role), arguments, descriptors, control) {
    payload_ = std::move(payload);
  }

  [[nodiscard]] const std::string& role() const { return role_; }

  /// A descriptor that the judge gave this role under `name`; the role owns it.
  [[nodiscard]] int fd(std::string_view name) const;

  /// A text, or a number, that the judge gave this role under `name`.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t number(std::string_view name) const;

  /// The bytes that the judge gave this role to send.
  [[nodiscard]] std::span<const std::byte> payload() const { return payload_; }

  /// Tells the judge something under `tag`.
  void report(std::string_view tag, std::span<const std::byte> data) const;
  void report(std::string_view tag, std::string_view text) const;
  void report(std::string_view tag, std::int64_t number) const;

  /// Tells the judge that the body is over, and how it ended.
  void report_end(const struct Outcome& outcome) const;

  /// Waits until the judge lets this role go on: `report` whatever the judge waits for first.
  void wait_for_judge() const;

 private:
  std::string role_;
  std::map<std::string, std::string, std::less<>> arguments_;
  std::map<std::string, int, std::less<>> descriptors_;
  std::vector<std::byte> payload_;
  int control_;
};

/// How a role's body ended, told to the judge by the wrapper that ROLE makes.
struct Outcome {
  std::string how;     ///< returned, not-started, system-error, exception
  std::string what;    ///< what the exception says
  std::string detail;  ///< not-started: "function file line"; system-error: errno; exception: type
};

/// What ROLE(name) exports from the shared object as `ipclab_role_<name>`.
using RoleFunction = Outcome (*)(Me&);

}  // namespace subject
