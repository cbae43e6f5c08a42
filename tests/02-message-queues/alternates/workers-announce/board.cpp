#include "board.h"

#include <algorithm>
#include <queue>
#include <stdexcept>
#include <unordered_map>

#include "mailbox.h"

namespace lab {
namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;
using Bytes = std::vector<std::byte>;

// Numbers in base 128, as many bytes as they need.
void put(Bytes& bytes, std::uint64_t value) {
  for (; value >= 128; value /= 128) bytes.push_back(static_cast<std::byte>(value % 128 + 128));
  bytes.push_back(static_cast<std::byte>(value));
}

std::uint64_t get(std::span<const std::byte>& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint64_t>(bytes.front());
    bytes = bytes.subspan(1);
    value |= byte % 128 << shift;
    if (byte < 128) break;
  }
  return value;
}

enum Kind : std::uint64_t { job = 1, leave, took, done, failed };
constexpr std::size_t most_numbers = 24;

Bytes make(Kind kind, std::uint64_t id, std::uint64_t type, std::span<const std::byte> payload) {
  Bytes bytes;
  put(bytes, kind);
  put(bytes, id);
  put(bytes, type);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

}  // namespace

struct JobBoard::State {
  struct Out {
    Bytes message;
    unsigned priority;
    clock::time_point until;
  };
  struct Due {
    clock::time_point when;
    JobId id;
    bool operator<(const Due& other) const { return when > other.when; }
  };
  std::string name;
  BoardOptions options;
  Mailbox jobs, replies;
  std::unordered_map<JobId, Out> out{};
  std::priority_queue<Due> due{};
  std::vector<Reply> in{};
  JobId next = 7;

  void begin_lease(JobId id) {
    Out& one = out.at(id);
    one.until = clock::now() + options.lease;
    due.push({one.until, id});
  }

  void look() {
    // What stands in the heap may be answered, or have a new lease.
    while (!due.empty() &&
           (!out.contains(due.top().id) || out.at(due.top().id).until != due.top().when)) {
      due.pop();
    }
    milliseconds patience = std::chrono::hours{12};
    if (!due.empty()) patience = std::chrono::ceil<milliseconds>(due.top().when - clock::now());
    const auto message = replies.receive_for(std::max(patience, milliseconds{0}));
    if (!message) {
      if (due.empty()) return;
      const JobId id = due.top().id;
      due.pop();
      jobs.send_for(out.at(id).message, out.at(id).priority, milliseconds{0});
      begin_lease(id);
      return;
    }
    std::span<const std::byte> bytes(message->bytes);
    const auto kind = get(bytes);
    const JobId id = get(bytes);
    get(bytes);
    if (!out.contains(id)) return;
    if (kind == took) {
      begin_lease(id);
    } else {
      out.erase(id);
      in.push_back({id, kind == failed, {bytes.begin(), bytes.end()}});
    }
  }
};

JobBoard::JobBoard(const std::string& name, const BoardOptions& options) {
  const std::size_t size = most_numbers + options.max_payload;
  auto jobs = Mailbox::replace(name + "-jobs", options.capacity, size);
  try {
    auto replies = Mailbox::replace(name + "-replies", options.capacity, size);
    state_.reset(new State{name, options, std::move(jobs), std::move(replies)});
  } catch (...) {
    Mailbox::remove(name + "-jobs");
    throw;
  }
}

JobBoard::~JobBoard() = default;

JobId JobBoard::post(std::uint32_t type, std::span<const std::byte> payload, unsigned priority) {
  if (payload.size() > state_->options.max_payload) throw std::length_error("payload");
  const JobId id = state_->next;
  Bytes bytes = make(job, id, type, payload);
  while (!state_->jobs.send_for(bytes, priority, milliseconds{0})) state_->look();
  state_->next += 3;
  state_->out.emplace(id, State::Out{std::move(bytes), priority, {}});
  state_->begin_lease(id);
  return id;
}

Reply JobBoard::next_reply() {
  while (state_->in.empty()) {
    if (state_->out.empty()) throw std::logic_error("nothing is out");
    state_->look();
  }
  Reply reply = std::move(state_->in.front());
  state_->in.erase(state_->in.begin());
  return reply;
}

Reply JobBoard::wait_for(JobId id) {
  while (state_->out.contains(id)) state_->look();
  const auto at = std::find_if(state_->in.begin(), state_->in.end(),
                               [&](const Reply& one) { return one.id == id; });
  if (at == state_->in.end()) throw std::invalid_argument("unknown");
  Reply reply = std::move(*at);
  state_->in.erase(at);
  return reply;
}

std::vector<Reply> JobBoard::close() {
  while (!state_->out.empty()) state_->look();
  while (state_->jobs.receive_for(milliseconds{0})) {
  }
  for (std::size_t i = 0; i < state_->options.workers; ++i) {
    state_->jobs.send(make(leave, 0, 0, {}));
  }
  while (state_->replies.receive_for(milliseconds{0})) {
  }
  Mailbox::remove(state_->name + "-jobs");
  Mailbox::remove(state_->name + "-replies");
  return std::move(state_->in);
}

std::size_t work(const std::string& name, const Handler& handler, std::size_t most) {
  auto jobs = Mailbox::open(name + "-jobs");
  auto replies = Mailbox::open(name + "-replies");
  const std::size_t room = replies.max_size() - most_numbers;
  std::size_t count = 0;
  while (count < most) {
    const Message message = jobs.receive();
    std::span<const std::byte> bytes(message.bytes);
    const auto kind = get(bytes);
    const JobId id = get(bytes);
    const auto type = static_cast<std::uint32_t>(get(bytes));
    if (kind == leave) break;
    // Who asks does not have to know: only a lease is longer then. So it never waits.
    replies.send_for(make(took, id, type, {}), 9, milliseconds{0});
    Bytes answer;
    std::string why;
    try {
      answer = handler({id, type, message.priority, {bytes.begin(), bytes.end()}});
      if (answer.size() > room) why = "the answer is too long";
      if (answer.size() > room) throw std::length_error(why);
      replies.send(make(done, id, type, answer));
    } catch (const std::exception& error) {
      why = std::string(error.what()).substr(0, room);
      replies.send(make(failed, id, type, std::as_bytes(std::span(why))));
    }
    ++count;
  }
  return count;
}

}  // namespace lab
