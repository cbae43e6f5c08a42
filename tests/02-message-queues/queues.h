#pragma once

#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "mailbox.h"

/// Message queues from both sides: what roles do with them that is not the student's work, and what
/// checks give to roles and hear of them.
namespace queues {

using judge::Bytes;

/// A message, as a check hands it to the role that is to send it, and as another role reports it.
struct Parcel {
  Bytes bytes;
  unsigned priority = 0;
};

inline Bytes encode(const std::vector<Parcel>& parcels) {
  Bytes text;
  for (const Parcel& parcel : parcels) {
    const std::uint32_t head[]{static_cast<std::uint32_t>(parcel.bytes.size()), parcel.priority};
    const auto bytes = std::as_bytes(std::span(head));
    text.insert(text.end(), bytes.begin(), bytes.end());
    text.insert(text.end(), parcel.bytes.begin(), parcel.bytes.end());
  }
  return text;
}

/// Whatever is no list of parcels ends it.
inline std::vector<Parcel> decode(std::span<const std::byte> text) {
  std::vector<Parcel> parcels;
  std::uint32_t head[2];
  while (text.size() >= sizeof head) {
    std::memcpy(head, text.data(), sizeof head);
    text = text.subspan(sizeof head);
    if (head[0] > text.size()) break;
    parcels.push_back({{text.begin(), text.begin() + head[0]}, head[1]});
    text = text.subspan(head[0]);
  }
  return parcels;
}

// For roles. --------------------------------------------------------------------------------------

/// A queue as the man pages have it, without the student's code.
class Raw {
 public:
  explicit Raw(const std::string& name, int flags = O_RDWR)
      : queue_(::mq_open(name.c_str(), flags)), error_(queue_ ? 0 : errno) {}
  Raw(const std::string& name, std::size_t max_messages, std::size_t max_size) {
    mq_attr attributes{};
    attributes.mq_maxmsg = static_cast<long>(max_messages);
    attributes.mq_msgsize = static_cast<long>(max_size);
    queue_.reset(::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes));
  }

  /// Why it could not be opened: an errno.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] bool is_there() const { return static_cast<bool>(queue_); }
  [[nodiscard]] mq_attr attributes() const {
    mq_attr attributes{};
    ::mq_getattr(queue_.get(), &attributes);
    return attributes;
  }
  [[nodiscard]] unsigned mode() const {
    struct stat status {};
    return ::fstat(queue_.get(), &status) == 0 ? status.st_mode & 0777 : 0;
  }
  bool send(std::span<const std::byte> bytes, unsigned priority) const {
    return ::mq_send(queue_.get(), reinterpret_cast<const char*>(bytes.data()), bytes.size(),
                     priority) == 0;
  }
  /// The next one; waits for it.
  Parcel take() const {
    Parcel parcel{Bytes(static_cast<std::size_t>(attributes().mq_msgsize)), 0};
    const ssize_t size = ::mq_receive(queue_.get(), reinterpret_cast<char*>(parcel.bytes.data()),
                                      parcel.bytes.size(), &parcel.priority);
    parcel.bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return parcel;
  }
  /// Everything that waits in it.
  [[nodiscard]] std::vector<Parcel> drain() const {
    std::vector<Parcel> parcels;
    while (attributes().mq_curmsgs > 0) parcels.push_back(take());
    return parcels;
  }

 private:
  ipc::UniqueFd queue_;
  int error_ = 0;
};

/// Runs `body` and says how it ended: "ok", or what it threw. Not what nobody expects.
template <class Body>
std::string outcome(Body body) {
  try {
    body();
    return "ok";
  } catch (const lab::LimitExceeded& error) {
    return "LimitExceeded (" + error.limit() + ")";
  } catch (const ipc::SystemError& error) {
    const char* name = ::strerrorname_np(error.error());
    return std::string("ipc::SystemError with ") + (name != nullptr ? name : "an unknown errno");
  } catch (const std::length_error&) {
    return "std::length_error";
  } catch (const std::invalid_argument&) {
    return "std::invalid_argument";
  } catch (const std::logic_error&) {
    return "std::logic_error";
  }
}

// For checks. -------------------------------------------------------------------------------------

/// How what arrived differs from what was sent, in a sentence; "" if it does not.
inline std::string difference(const std::vector<Parcel>& expected,
                              const std::vector<Parcel>& arrived) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string which = "Message " + std::to_string(i + 1) + " of " +
                              std::to_string(expected.size()) + " (" +
                              std::to_string(expected[i].bytes.size()) + " bytes)";
    if (i >= arrived.size()) return which + " did not arrive.";
    const std::string text = judge::difference(expected[i].bytes, arrived[i].bytes);
    if (!text.empty()) return which + ": " + text;
    if (arrived[i].priority != expected[i].priority) {
      return which + " has priority " + std::to_string(expected[i].priority) + ", and came with " +
             std::to_string(arrived[i].priority) + ".";
    }
  }
  if (arrived.size() == expected.size()) return "";
  return std::to_string(expected.size()) + " messages were sent, and " +
         std::to_string(arrived.size()) + " arrived.";
}

/// All parcels that a role has reported under `tag`.
template <class RoleResult>
std::vector<Parcel> parcels(const RoleResult& role, std::string_view tag) {
  std::vector<Parcel> all;
  for (const std::string& text : role.all(tag)) {
    for (Parcel& parcel : decode(judge::as_bytes(text))) all.push_back(std::move(parcel));
  }
  return all;
}

/// The order in which a queue gives messages back.
inline std::vector<Parcel> most_urgent_first(std::vector<Parcel> parcels) {
  std::stable_sort(parcels.begin(), parcels.end(),
                   [](const Parcel& a, const Parcel& b) { return a.priority > b.priority; });
  return parcels;
}

/// Each time nobody can go on, the next of these roles goes on from its wait_for_judge. If one has
/// come to a bad end, the others would wait for it in vain: they are ended, and what it came to is
/// what is told.
inline judge::Scenario step_by_step(judge::Scenario scenario, std::vector<judge::Role> roles) {
  return std::move(scenario).may_be_killed().when_quiet(
      [roles = std::move(roles), next = std::size_t{0}](judge::Observer& seen) mutable {
        for (const judge::Role role : roles) {
          if (!seen.finished(role) || seen.so_far(role).how == "returned") continue;
          for (const judge::Role other : roles) {
            if (!seen.finished(other)) seen.kill(other);
          }
          return true;
        }
        if (next == roles.size()) return false;
        seen.let_go(roles[next++]);
        return true;
      });
}

}  // namespace queues
