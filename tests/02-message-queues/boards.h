#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "board.h"
#include "common/judge/check.h"
#include "queues.h"

/// A board with workers, from both sides: what roles do, and what a check gives them and hears of
/// them.
///
/// The side that posts follows a script, one word after the other, which the check has made of
/// random numbers. What a worker makes of a job depends on a number that workers alone are told
/// (`salt`): so a right reply has been at a worker, and what a worker says that it was given has
/// come from the side that was told the payload.
namespace boards {

using judge::Bytes;
using queues::Parcel;

/// The type of a job whose handler throws, and what it throws.
inline constexpr std::uint32_t throws = 1000;
/// The type of a job whose reply is longer than what it was given.
inline constexpr std::uint32_t swells = 1001;

/// What the handler makes of a job.
inline Bytes answer(std::int64_t salt, std::uint32_t type, std::span<const std::byte> payload) {
  Bytes bytes(payload.begin(), payload.end());
  if (type % 2 == 1) std::reverse(bytes.begin(), bytes.end());
  const auto mask = static_cast<std::byte>(static_cast<std::uint32_t>(salt) + type);
  for (std::byte& byte : bytes) byte ^= mask;
  return bytes;
}

// For roles; templates, so that the judge, which has no JobBoard, does not ask for one. -----------

inline lab::BoardOptions options(const auto& me) {
  lab::BoardOptions options;
  options.capacity = static_cast<std::size_t>(me.number("capacity"));
  options.max_payload = static_cast<std::size_t>(me.number("max_payload"));
  options.workers = static_cast<std::size_t>(me.number("workers"));
  options.lease = std::chrono::milliseconds(me.number("lease"));
  return options;
}

/// Reports as (payload, number of the job in the order of posting); a failed one under another tag.
template <class Me>
void tell(Me& me, const std::vector<lab::JobId>& posted, const lab::Reply& reply) {
  const auto at = std::find(posted.begin(), posted.end(), reply.id);
  const auto number = static_cast<unsigned>(at - posted.begin());
  me.report(reply.failed ? "failed" : "reply", queues::encode({{reply.payload, number}}));
}

/// Makes a board and does what the script says:
///
///     post TYPE PRIORITY SIZE   a job with the next SIZE bytes of the payload
///     next                      next_reply
///     wait N                    wait_for the job that was posted as number N, from 0
///     rest N                    N times next_reply
///     close                     close, and looks whether the names are gone
///     start                     the others begin: see `together`
///     nap MS                    sleeps for so many milliseconds
///
/// Each post is told by a byte to "posted", if there is such a descriptor.
template <class Me>
void follow_script(Me& me, int posted_to = -1) {
  const std::string& name = me.text("board");
  lab::JobBoard board(name, options(me));
  std::vector<lab::JobId> posted;
  std::span<const std::byte> payload = me.payload();
  const char* at = me.text("script").c_str();
  char word[32];
  const auto number = [&] {
    unsigned value = 0;
    int used = 0;
    std::sscanf(at, "%u%n", &value, &used);
    at += used;
    return value;
  };
  for (int used = 0; std::sscanf(at, "%31s%n", word, &used) == 1;) {
    at += used;
    const std::string command = word;
    if (command == "post") {
      const std::uint32_t type = number();
      const unsigned priority = number();
      const std::size_t size = number();
      posted.push_back(board.post(type, payload.first(size), priority));
      payload = payload.subspan(size);
      if (posted_to >= 0) (void)!::write(posted_to, "!", 1);
    } else if (command == "next") {
      me.report("said", queues::outcome([&] { tell(me, posted, board.next_reply()); }));
    } else if (command == "wait") {
      const std::size_t which = number();
      const lab::JobId id = which < posted.size() ? posted[which] : 0;
      me.report("said", queues::outcome([&] { tell(me, posted, board.wait_for(id)); }));
    } else if (command == "rest") {
      for (unsigned left = number(); left > 0; --left) tell(me, posted, board.next_reply());
    } else if (command == "close") {
      for (const lab::Reply& reply : board.close()) tell(me, posted, reply);
      me.report("closed", "");
      for (const char* queue : {"-jobs", "-replies"}) {
        if (queues::Raw(name + queue).is_there()) me.report("left", name + queue);
      }
    } else if (command == "start") {
      for (std::int64_t i = me.number("others"); i > 0; --i) {
        ::close(me.fd("start" + std::to_string(i)));
      }
    } else if (command == "nap") {
      std::this_thread::sleep_for(std::chrono::milliseconds(number()));
    }
  }
}

/// Waits until the side that posts says "start".
template <class Me>
void wait_for_start(Me& me) {
  char byte = 0;
  while (::read(me.fd("start"), &byte, 1) > 0) {
  }
}

/// Works until it is told to leave. Says of each job what it was given, under "did", and of its end
/// how many it has done.
template <class Me, class Before>
void do_jobs(Me& me, Before before) {
  const std::int64_t salt = me.number("salt");
  const auto handler = [&](const lab::Job& job) {
    before(job);
    me.report("did", queues::encode({{job.payload, job.priority}}));
    if (job.type == throws) throw std::runtime_error(me.text("complaint"));
    Bytes bytes = answer(salt, job.type, job.payload);
    if (job.type == swells) bytes.resize(static_cast<std::size_t>(me.number("max_payload")) + 1);
    return bytes;
  };
  const auto most = static_cast<std::size_t>(me.number("most"));
  try {
    const std::size_t done = lab::work(me.text("board"), handler, most);
    me.report("left", static_cast<std::int64_t>(done));
  } catch (const ipc::SystemError& error) {
    // It came too late: the board is closed.
    if (error.error() != ENOENT) throw;
    me.report("left", std::int64_t{0});
  }
}

template <class Me>
void do_jobs(Me& me) {
  do_jobs(me, [](const lab::Job&) {});
}

// For checks. -------------------------------------------------------------------------------------

/// A role that follows a script, and others that begin when that says "start". Nobody waits for the
/// judge: a board may have a thread of its own that waits for replies, with a deadline.
template <class Cast, class... Casts>
judge::Scenario together(Cast script, Casts... others) {
  judge::Scenario scenario;
  int count = 0;
  const auto add = [&](Cast other) {
    judge::Channel start;
    script.descriptors["start" + std::to_string(++count)] = std::move(start.write_end);
    other.descriptors["start"] = std::move(start.read_end);
    scenario.roles.push_back(std::move(other));
  };
  (add(std::move(others)), ...);
  script.give("others", std::to_string(count));
  scenario.roles.insert(scenario.roles.begin(), std::move(script));
  return scenario;
}

/// Jobs to post, a board for them, and what has to come of it.
class Work {
 public:
  struct Posted {
    Bytes payload;
    std::uint32_t type;
    unsigned priority;
  };

  Work(judge::Random& random, std::string board_) : board(std::move(board_)) {
    salt = static_cast<std::int64_t>(random.between(1, 250));
  }

  /// One more job; its command goes to the end of the script.
  Work& post(Bytes bytes, std::uint32_t type, unsigned priority) {
    script += "post " + std::to_string(type) + " " + std::to_string(priority) + " " +
              std::to_string(bytes.size()) + "\n";
    payload.insert(payload.end(), bytes.begin(), bytes.end());
    jobs.push_back({std::move(bytes), type, priority});
    return *this;
  }
  Work& say(const std::string& command) {
    script += command + "\n";
    return *this;
  }

  judge::Cast posting(judge::Role role) const {
    return judge::Cast(role)
        .payload(payload)
        .give("script", script)
        .give("board", board)
        .give("capacity", static_cast<std::int64_t>(capacity))
        .give("max_payload", static_cast<std::int64_t>(max_payload))
        .give("workers", static_cast<std::int64_t>(workers))
        .give("lease", lease);
  }
  judge::Cast working(judge::Role role, std::int64_t most = 1'000'000) const {
    return judge::Cast(role)
        .give("board", board)
        .give("salt", salt)
        .give("most", most)
        .give("max_payload", static_cast<std::int64_t>(max_payload))
        .give("complaint", complaint);
  }

  Bytes reply_to(std::size_t number) const {
    return answer(salt, jobs[number].type, jobs[number].payload);
  }

  /// What is wrong with the replies that came, if each job's is to come once; "" for nothing.
  std::string wrong_replies(const judge::RoleResult& poster) const {
    std::vector<int> came(jobs.size(), 0);
    for (const Parcel& reply : queues::parcels(poster, "reply")) {
      if (reply.priority >= jobs.size()) {
        return "A reply came with an id that post has not returned for any job.";
      }
      ++came[reply.priority];
      const std::string text = judge::difference(reply_to(reply.priority), reply.bytes);
      if (!text.empty()) {
        return "The reply to job " + std::to_string(reply.priority + 1) +
               " is not what the handler returned for it. " + text;
      }
    }
    for (std::size_t i = 0; i < came.size(); ++i) {
      if (came[i] == 1) continue;
      const std::string job = "job " + std::to_string(i + 1) + " of " + std::to_string(jobs.size());
      return came[i] == 0 ? "No reply to " + job + " came."
                          : "The reply to " + job + " came " + std::to_string(came[i]) + " times.";
    }
    return "";
  }

  /// What is wrong with what the workers were given to do; "" for nothing.
  std::string wrong_jobs(const std::vector<Parcel>& did, bool once) const {
    std::vector<int> times(jobs.size(), 0);
    for (const Parcel& given : did) {
      std::size_t i = 0;
      while (i < jobs.size() &&
             (jobs[i].payload != given.bytes || jobs[i].priority != given.priority)) {
        ++i;
      }
      if (i == jobs.size()) {
        return "A handler was given a job with " + std::to_string(given.bytes.size()) +
               " bytes of payload and priority " + std::to_string(given.priority) +
               ", which nobody has posted like that.";
      }
      if (++times[i] > 1 && once) {
        return "Job " + std::to_string(i + 1) + " was done " + std::to_string(times[i]) +
               " times, though no worker died and no lease was over.";
      }
    }
    return "";
  }

  std::string board, script, complaint = "no";
  Bytes payload;
  std::vector<Posted> jobs;
  std::int64_t salt, lease = 3'600'000;
  std::size_t capacity = 4, max_payload = 64, workers = 2;
};

}  // namespace boards
