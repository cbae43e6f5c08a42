#include "board.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>

#include "mailbox.h"

namespace lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string jobs_of(const std::string& board) { return board + "-jobs"; }
std::string replies_of(const std::string& board) { return board + "-replies"; }

// ------------------------------------------------------------------------------ what is sent

/// The front of every message; the payload follows. Numbers only: a pointer, or anything that holds
/// one, such as a std::string, would mean nothing in another process. Both sides run on one machine
/// and are built from this file, so the numbers may go as they lie in memory.
struct Header {
  enum Kind : std::uint32_t { job, stop, done, failed };
  std::uint32_t kind;
  std::uint32_t type;
  JobId id;
};

using Bytes = std::vector<std::byte>;

Bytes packet(const Header& header, std::span<const std::byte> payload = {}) {
  Bytes bytes(sizeof header + payload.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::copy(payload.begin(), payload.end(), bytes.begin() + sizeof header);
  return bytes;
}

Header header_of(const Bytes& message) {
  Header header{};
  if (message.size() < sizeof header) throw std::runtime_error("a message that is none of ours");
  std::memcpy(&header, message.data(), sizeof header);
  return header;
}

// The length is not sent: the kernel keeps it.
Bytes payload_of(const Bytes& message) { return {message.begin() + sizeof(Header), message.end()}; }

}  // namespace

// ----------------------------------------------------------------------------- the side that posts

struct JobBoard::State {
  /// A job that has no reply yet. mq_receive(3) takes a message out of the queue: if the worker
  /// that has it dies, this is the only copy there is.
  struct Open {
    unsigned priority;
    Bytes packet;
    steady_clock::time_point lease_ends;
  };

  State(const std::string& name_, const BoardOptions& options_)
      : name(name_),
        options(options_),
        jobs(Mailbox::replace(jobs_of(name), options.capacity,
                              sizeof(Header) + options.max_payload)),
        replies(make_replies()) {}

  Mailbox make_replies() {
    try {
      return Mailbox::replace(replies_of(name), options.capacity,
                              sizeof(Header) + options.max_payload);
    } catch (...) {
      Mailbox::remove(jobs_of(name));  // Half a board is none.
      throw;
    }
  }

  /// Waits for a reply until the next lease ends, and gives out again what has to be.
  void wait_for_a_reply() {
    auto until = steady_clock::now() + std::chrono::hours{1};
    for (const auto& [id, job] : open) until = std::min(until, job.lease_ends);
    // Rounded up: to wake a moment too early would mean to ask again and again until it is time.
    const auto patience = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    if (auto message = replies.receive_for(std::max(patience, milliseconds{0}))) {
      keep(message->bytes);
    } else {
      give_out_again();
    }
  }

  void keep(const Bytes& message) {
    const Header header = header_of(message);
    // Who is not in there has been answered before: it was given out twice, because the first
    // worker was slow and not dead, and now the second reply has come.
    if (open.erase(header.id) == 0) return;
    unread.push_back({header.id, header.kind == Header::failed, payload_of(message)});
  }

  void give_out_again() {
    const auto now = steady_clock::now();
    for (auto& [id, job] : open) {
      if (job.lease_ends > now) continue;
      // If the queue is full, then it is not for want of jobs that the workers are idle. To wait
      // here for room would be to stop listening to replies.
      jobs.send_for(job.packet, job.priority, milliseconds{0});
      job.lease_ends = now + options.lease;
    }
  }

  const std::string name;
  const BoardOptions options;
  Mailbox jobs;
  Mailbox replies;
  JobId last = 0;
  std::map<JobId, Open> open;
  std::deque<Reply> unread;  ///< In the order in which they came.
};

JobBoard::JobBoard(const std::string& name, const BoardOptions& options)
    : state_(std::make_unique<State>(name, options)) {}

JobBoard::~JobBoard() = default;

JobId JobBoard::post(std::uint32_t type, std::span<const std::byte> payload, unsigned priority) {
  if (payload.size() > state_->options.max_payload) {
    throw std::length_error("a payload longer than the board takes");
  }
  const JobId id = state_->last + 1;
  const Bytes bytes = packet({Header::job, type, id}, payload);

  // Who waited here for room alone would wait for ever once the queue of replies is full, too: the
  // workers would wait for us to take one, and we for them to take a job.
  while (!state_->jobs.send_for(bytes, priority, milliseconds{0})) state_->wait_for_a_reply();

  state_->last = id;
  state_->open[id] = {priority, bytes, steady_clock::now() + state_->options.lease};
  return id;
}

Reply JobBoard::next_reply() {
  while (state_->unread.empty()) {
    if (state_->open.empty()) throw std::logic_error("every job has been answered");
    state_->wait_for_a_reply();
  }
  Reply reply = std::move(state_->unread.front());
  state_->unread.pop_front();
  return reply;
}

Reply JobBoard::wait_for(JobId id) {
  for (;;) {
    const auto found = std::find_if(state_->unread.begin(), state_->unread.end(),
                                    [&](const Reply& reply) { return reply.id == id; });
    if (found != state_->unread.end()) {
      Reply reply = std::move(*found);
      state_->unread.erase(found);
      return reply;
    }
    if (!state_->open.contains(id)) throw std::invalid_argument("no reply to this job can come");
    state_->wait_for_a_reply();
  }
}

std::vector<Reply> JobBoard::close() {
  // First everything is done, then everybody leaves. A worker that is told to leave while jobs wait
  // might leave them there.
  while (!state_->open.empty()) state_->wait_for_a_reply();

  // What is in the queue now was given out a second time and answered since: nobody needs it.
  while (state_->jobs.receive_for(milliseconds{0})) {
  }
  // One for each worker, since each of them takes one away. There is room for all, because a board
  // has no more workers than its queue has places; and if one of them is dead, one is left over.
  for (std::size_t i = 0; i < state_->options.workers; ++i) {
    state_->jobs.send(packet({Header::stop, 0, 0}));
  }
  // A slow worker may still have a reply to send that nobody waits for, and must find room for it.
  while (state_->replies.receive_for(milliseconds{0})) {
  }
  // The names go, and the queues stay until the last worker has closed them, with the messages that
  // tell it to leave.
  Mailbox::remove(jobs_of(state_->name));
  Mailbox::remove(replies_of(state_->name));

  std::vector<Reply> rest(std::make_move_iterator(state_->unread.begin()),
                          std::make_move_iterator(state_->unread.end()));
  state_->unread.clear();
  return rest;
}

// ----------------------------------------------------------------------------- the side that works

std::size_t work(const std::string& name, const Handler& handler, std::size_t most) {
  Mailbox jobs = Mailbox::open(jobs_of(name));
  Mailbox replies = Mailbox::open(replies_of(name));
  const std::size_t max_payload = replies.max_size() - sizeof(Header);

  std::size_t done = 0;
  while (done < most) {
    const Message message = jobs.receive();
    const Header header = header_of(message.bytes);
    if (header.kind == Header::stop) break;

    Header answer{Header::done, header.type, header.id};
    Bytes payload;
    try {
      payload = handler({header.id, header.type, message.priority, payload_of(message.bytes)});
      if (payload.size() > max_payload) throw std::length_error("the reply is too long");
    } catch (const std::exception& error) {
      // One bad job must not take a worker with it: the job would be given to the next one, and the
      // next.
      answer.kind = Header::failed;
      const auto why = std::as_bytes(std::span(error.what(), std::strlen(error.what())));
      payload.assign(why.begin(), why.end());
      payload.resize(std::min(payload.size(), max_payload));
    }
    replies.send(packet(answer, payload));
    ++done;
  }
  return done;
}

}  // namespace lab
