#include "board.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "mailbox.h"

namespace lab {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Head {
  char what;  // 'j'ob, 's'top, 'd'one, 'f'ailed, 'w'ake up
  std::uint32_t type;
  JobId id;
};

std::vector<std::byte> message(char what, JobId id, std::uint32_t type = 0,
                               std::span<const std::byte> payload = {}) {
  Head head;
  std::memset(&head, 0, sizeof head);
  head.what = what;
  head.type = type;
  head.id = id;
  std::vector<std::byte> bytes(sizeof head + payload.size());
  std::memcpy(bytes.data(), &head, sizeof head);
  if (!payload.empty()) std::memcpy(bytes.data() + sizeof head, payload.data(), payload.size());
  return bytes;
}

Head head_of(const Message& received) {
  Head head;
  std::memcpy(&head, received.bytes.data(), sizeof head);
  return head;
}

std::vector<std::byte> rest_of(const Message& received) {
  return {received.bytes.begin() + sizeof(Head), received.bytes.end()};
}

}  // namespace

struct JobBoard::State {
  struct Job {
    std::vector<std::byte> bytes;
    unsigned priority;
    clock::time_point until;
  };

  State(const std::string& board, const BoardOptions& wishes)
      : name(board),
        options(wishes),
        jobs(
            Mailbox::replace(name + "-jobs", options.capacity, sizeof(Head) + options.max_payload)),
        replies(make_replies()),
        listener([this] { listen(); }) {}
  ~State() { stop(); }

  Mailbox make_replies() {
    try {
      return Mailbox::replace(name + "-replies", options.capacity,
                              sizeof(Head) + options.max_payload);
    } catch (...) {
      Mailbox::remove(name + "-jobs");
      throw;
    }
  }

  void listen() {
    for (;;) {
      milliseconds patience = std::chrono::hours{20};
      {
        const std::lock_guard hold(lock);
        if (over) return;
        for (auto& [id, job] : open) {
          if (job.until <= clock::now()) {
            jobs.send_for(job.bytes, job.priority, milliseconds{0});
            job.until = clock::now() + options.lease;
          }
          patience = std::min(patience, std::chrono::ceil<milliseconds>(job.until - clock::now()));
        }
      }
      const auto received = replies.receive_for(std::max(patience, milliseconds{0}));
      if (!received) continue;
      const Head head = head_of(*received);
      const std::lock_guard hold(lock);
      if (head.what == 'w' || open.erase(head.id) == 0) continue;
      came.push_back({head.id, head.what == 'f', rest_of(*received)});
      changed.notify_all();
    }
  }

  void stop() {
    if (!listener.joinable()) return;
    {
      const std::lock_guard hold(lock);
      over = true;
    }
    // If there is no room, the listener has something to read, and looks at `over` afterwards.
    replies.send_for(message('w', 0), 0, milliseconds{0});
    listener.join();
  }

  const std::string name;
  const BoardOptions options;
  Mailbox jobs, replies;
  std::mutex lock;  // of all that follows
  std::condition_variable changed;
  std::map<JobId, Job> open;
  std::deque<Reply> came;
  JobId last = 0;
  bool over = false;
  std::thread listener;
};

JobBoard::JobBoard(const std::string& name, const BoardOptions& options)
    : state_(new State(name, options)) {}

JobBoard::~JobBoard() = default;

JobId JobBoard::post(std::uint32_t type, std::span<const std::byte> payload, unsigned priority) {
  if (payload.size() > state_->options.max_payload) throw std::length_error("payload");
  const JobId id = ++state_->last;
  const auto bytes = message('j', id, type, payload);
  {
    // Before it is sent, because the reply may be there before we come back. No lease yet.
    const std::lock_guard hold(state_->lock);
    state_->open[id] = {bytes, priority, clock::now() + std::chrono::hours{100'000}};
  }
  state_->jobs.send(bytes, priority);
  {
    const std::lock_guard hold(state_->lock);
    const auto at = state_->open.find(id);
    if (at == state_->open.end()) return id;
    at->second.until = clock::now() + state_->options.lease;
  }
  state_->replies.send(message('w', 0));  // there is a new lease to look after
  return id;
}

Reply JobBoard::next_reply() {
  std::unique_lock hold(state_->lock);
  while (state_->came.empty()) {
    if (state_->open.empty()) throw std::logic_error("nothing will come");
    state_->changed.wait(hold);
  }
  Reply reply = std::move(state_->came.front());
  state_->came.pop_front();
  return reply;
}

Reply JobBoard::wait_for(JobId id) {
  std::unique_lock hold(state_->lock);
  for (;;) {
    for (auto at = state_->came.begin(); at != state_->came.end(); ++at) {
      if (at->id != id) continue;
      Reply reply = std::move(*at);
      state_->came.erase(at);
      return reply;
    }
    if (!state_->open.contains(id)) throw std::invalid_argument("nobody waits for this one");
    state_->changed.wait(hold);
  }
}

std::vector<Reply> JobBoard::close() {
  {
    std::unique_lock hold(state_->lock);
    while (!state_->open.empty()) state_->changed.wait(hold);
  }
  state_->stop();
  while (state_->jobs.receive_for(milliseconds{0})) {
  }
  for (std::size_t i = 0; i < state_->options.workers; ++i) state_->jobs.send(message('s', 0));
  while (state_->replies.receive_for(milliseconds{0})) {
  }
  Mailbox::remove(state_->name + "-jobs");
  Mailbox::remove(state_->name + "-replies");
  return {state_->came.begin(), state_->came.end()};
}

std::size_t work(const std::string& name, const Handler& handler, std::size_t most) {
  Mailbox jobs = Mailbox::open(name + "-jobs");
  Mailbox replies = Mailbox::open(name + "-replies");
  const std::size_t room = replies.max_size() - sizeof(Head);
  std::size_t done = 0;
  for (; done < most; ++done) {
    const Message received = jobs.receive();
    const Head head = head_of(received);
    if (head.what == 's') break;
    std::vector<std::byte> payload;
    std::string why;
    char what = 'd';
    try {
      payload = handler(Job{head.id, head.type, received.priority, rest_of(received)});
      if (payload.size() > room) throw std::range_error("too much");
    } catch (const std::exception& error) {
      what = 'f';
      why = std::string(error.what()).substr(0, room);
      const auto bytes = std::as_bytes(std::span(why));
      payload.assign(bytes.begin(), bytes.end());
    }
    replies.send(message(what, head.id, 0, payload));
  }
  return done;
}

}  // namespace lab
