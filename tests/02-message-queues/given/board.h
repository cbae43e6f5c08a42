#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Lab 02, parts B and C: one process posts jobs on a board, and worker processes do them.
///
/// A board has two message queues: `name` + "-jobs", in which jobs wait for a worker, and `name` +
/// "-replies", in which replies wait for the process that has posted the jobs. Each of them holds
/// `capacity` messages. All that the processes say to each other goes through these two.
namespace lab {

/// Given to a job when it is posted; no two jobs of a board have the same.
using JobId = std::uint64_t;

struct Job {
  JobId id = 0;
  std::uint32_t type = 0;  ///< What is to be done: for the handler to look at.
  unsigned priority = 0;
  std::vector<std::byte> payload;
};

struct Reply {
  JobId id = 0;                    ///< Of the job that this is the reply to.
  bool failed = false;             ///< The handler threw.
  std::vector<std::byte> payload;  ///< What it returned; if it threw, what().
};

struct BoardOptions {
  std::size_t capacity = 8;        ///< So many jobs may wait for a worker; 1 to 10.
  std::size_t max_payload = 1024;  ///< The longest payload of a job or a reply, in bytes; to 4096.
  std::size_t workers = 4;         ///< So many workers there will be at most; 1 to `capacity`.
  /// Part C: a job that was given out and is not answered after this time is given out again.
  std::chrono::milliseconds lease{60'000};
};

/// The side that posts. It belongs to one process and to one of its threads.
///
/// A call that is interrupted by a signal (EINTR) is made again, everywhere.
class JobBoard {
 public:
  /// Makes the two queues. If there are queues of these names, a crash has left them: they are
  /// replaced, and what was in them is gone.
  /// @param name  a slash, then 1 to 100 characters, none of them a slash.
  /// @throws ipc::SystemError  any error of mq_open(3) and mq_unlink(3). No queue of ours is left
  ///         then.
  JobBoard(const std::string& name, const BoardOptions& options);
  JobBoard(const JobBoard&) = delete;
  JobBoard& operator=(const JobBoard&) = delete;
  /// Closes the queues. Their names stay, unless `close` has removed them.
  ~JobBoard();

  /// Posts a job: puts it into the queue of jobs, in one message that holds the payload as it is.
  ///
  /// While `capacity` jobs wait for a worker there, it waits until one of them has been taken, or
  /// until a job has been answered. It does not matter how many replies have come meanwhile that
  /// nobody has asked for yet: they are kept, and nobody waits for anybody for ever.
  /// @param priority  0 to 30000. Workers take the job with the highest, and of those with the same
  ///                  the one that was posted first.
  /// @throws std::length_error  if `payload` is longer than `max_payload`; nothing is posted then.
  JobId post(std::uint32_t type, std::span<const std::byte> payload, unsigned priority = 0);

  /// The next reply that nobody has been given yet, in the order in which they came; waits for it.
  /// @throws std::logic_error  if there is no job whose reply could still come.
  Reply next_reply();

  /// The reply to this job, whichever others come before; waits for it. The others are kept for
  /// whoever asks for them.
  /// @throws std::invalid_argument  if there is no such job, or its reply has been returned before.
  Reply wait_for(JobId id);

  /// Part C: ends the work and loses nothing. Waits until every job has been answered, tells every
  /// worker to leave, and removes the names of both queues. It does not wait until the workers have
  /// left. Call it once, and post nothing afterwards.
  /// @returns the replies that nobody has been given yet, in the order in which they came.
  ///
  /// A worker may die at any moment, and take with it the job that it was doing. While `close`, or
  /// `next_reply`, or `wait_for`, or `post` waits, each job that is not answered after
  /// `lease` is given out again (where it then stands among those of its priority does not matter),
  /// and so on until it is answered. So a job may be done twice, if it is not that the worker is
  /// dead but that it is slow; a job that is answered within its lease is done once. In any case
  /// the reply is returned once.
  std::vector<Reply> close();

 private:
  struct State;  // Yours: define it in board.cpp.
  std::unique_ptr<State> state_;
};

/// Does a job: returns the payload of the reply.
using Handler = std::function<std::vector<std::byte>(const Job&)>;

/// The side that works: takes one job after the other from the board called `name`, has it done by
/// `handler`, and sends the reply. Each worker process calls it once.
///
/// If the handler throws a std::exception, or returns more than `max_payload` bytes, the reply is
/// `failed`, its payload says why (cut off after `max_payload` bytes), and the worker goes on.
/// @param most  leaves after so many jobs; else when the board is closed.
/// @returns how many jobs it has done.
/// @throws ipc::SystemError  ENOENT if there is no board of that name (any more); any other error
///         of mq_open(3), mq_send(3) and mq_receive(3) but EINTR.
std::size_t work(const std::string& name, const Handler& handler, std::size_t most = SIZE_MAX);

}  // namespace lab
