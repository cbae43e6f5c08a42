#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <list>

#include "board.h"
#include "common/ipc/system_error.h"
#include "mailbox.h"

namespace lab {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr auto for_ever = clock::time_point::max();

/// Waits until the queue is ready. @returns false when the deadline is over.
bool ready(int queue, short event, clock::time_point deadline) {
  for (;;) {
    int patience = -1;
    if (deadline != for_ever) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - clock::now());
      patience = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }
    pollfd look{queue, event, 0};
    const int result = ::poll(&look, 1, patience);
    if (result > 0) return true;
    if (result == 0) return false;
    if (errno != EINTR) throw ipc::SystemError("poll");
  }
}

bool give(int queue, std::span<const std::byte> bytes, unsigned priority,
          clock::time_point deadline) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  for (;;) {
    if (::mq_send(queue, text, bytes.size(), priority) == 0) return true;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) throw ipc::SystemError("mq_send");
    if (!ready(queue, POLLOUT, deadline)) return false;
  }
}

std::optional<Message> take(int queue, std::size_t size, clock::time_point deadline) {
  Message message{std::vector<std::byte>(size), 0};
  for (;;) {
    const ssize_t got =
        ::mq_receive(queue, reinterpret_cast<char*>(message.bytes.data()), size, &message.priority);
    if (got >= 0) {
      message.bytes.resize(static_cast<std::size_t>(got));
      return message;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) throw ipc::SystemError("mq_receive");
    if (!ready(queue, POLLIN, deadline)) return std::nullopt;
  }
}

bool is_name(const std::string& name) {
  return name.size() >= 2 && name.rfind('/') == 0 && name.size() < 250;
}

std::size_t allowed(const std::string& file) {
  std::size_t value = SIZE_MAX;
  std::ifstream("/proc/sys/fs/mqueue/" + file) >> value;
  return value;
}

}  // namespace

Mailbox Mailbox::create(const std::string& name, std::size_t max_messages, std::size_t max_size) {
  if (!is_name(name) || max_messages == 0 || max_size == 0) throw std::invalid_argument(name);
  if (max_messages > 65'536) throw LimitExceeded("msg_max");
  if (max_size > 16'777'216) throw LimitExceeded("msgsize_max");
  mq_attr attributes{};
  attributes.mq_maxmsg = static_cast<long>(max_messages);
  attributes.mq_msgsize = static_cast<long>(max_size);
  Mailbox made;
  made.queue_.reset(
      ::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attributes));
  if (!made.queue_) {
    const ipc::SystemError error("mq_open");
    if (error.error() == EINVAL && max_messages > allowed("msg_max")) {
      throw LimitExceeded("msg_max");
    }
    if (error.error() == EINVAL && max_size > allowed("msgsize_max")) {
      throw LimitExceeded("msgsize_max");
    }
    throw error;
  }
  made.max_messages_ = max_messages;
  made.max_size_ = max_size;
  return made;
}

Mailbox Mailbox::open(const std::string& name) {
  if (!is_name(name)) throw std::invalid_argument(name);
  Mailbox opened;
  opened.queue_.reset(::mq_open(name.c_str(), O_RDWR | O_NONBLOCK));
  if (!opened.queue_) throw ipc::SystemError("mq_open");
  mq_attr attributes{};
  if (::mq_getattr(opened.queue_.get(), &attributes) != 0) throw ipc::SystemError("mq_getattr");
  opened.max_messages_ = static_cast<std::size_t>(attributes.mq_maxmsg);
  opened.max_size_ = static_cast<std::size_t>(attributes.mq_msgsize);
  return opened;
}

Mailbox Mailbox::replace(const std::string& name, std::size_t max_messages, std::size_t max_size) {
  try {
    return create(name, max_messages, max_size);
  } catch (const ipc::SystemError& error) {
    if (error.error() != EEXIST) throw;
  }
  remove(name);
  return replace(name, max_messages, max_size);
}

bool Mailbox::remove(const std::string& name) {
  if (::mq_unlink(name.c_str()) == 0) return true;
  return errno == ENOENT ? false : throw ipc::SystemError("mq_unlink");
}

std::size_t Mailbox::waiting() const {
  mq_attr attributes{};
  if (::mq_getattr(queue_.get(), &attributes) != 0) throw ipc::SystemError("mq_getattr");
  return static_cast<std::size_t>(attributes.mq_curmsgs);
}

void Mailbox::send(std::span<const std::byte> bytes, unsigned priority) {
  if (bytes.size() > max_size_) throw std::length_error("message");
  give(queue_.get(), bytes, priority, for_ever);
}

bool Mailbox::send_for(std::span<const std::byte> bytes, unsigned priority, milliseconds patience) {
  if (bytes.size() > max_size_) throw std::length_error("message");
  return give(queue_.get(), bytes, priority, clock::now() + patience);
}

Message Mailbox::receive() { return *take(queue_.get(), max_size_, for_ever); }

std::optional<Message> Mailbox::receive_for(milliseconds patience) {
  return take(queue_.get(), max_size_, clock::now() + patience);
}

// ------------------------------------------------------------------------------------------------

namespace {

enum Word : std::uint64_t { order, leave, result, trouble };

struct Envelope {
  Word word;
  JobId id;
  std::uint64_t type;
};

std::vector<std::byte> sealed(Envelope envelope, std::span<const std::byte> payload) {
  std::vector<std::byte> bytes(payload.begin(), payload.end());
  const auto tail = std::as_bytes(std::span(&envelope, 1));
  bytes.insert(bytes.end(), tail.begin(), tail.end());  // behind the payload
  return bytes;
}

Envelope opened(std::vector<std::byte>& bytes) {
  Envelope envelope;
  std::memcpy(&envelope, bytes.data() + bytes.size() - sizeof envelope, sizeof envelope);
  bytes.resize(bytes.size() - sizeof envelope);
  return envelope;
}

}  // namespace

struct JobBoard::State {
  struct Out {
    JobId id;
    unsigned priority;
    std::vector<std::byte> message;
    clock::time_point until;
  };
  std::string name;
  BoardOptions options;
  Mailbox jobs, replies;
  std::list<Out> out;
  std::list<Reply> in;
  JobId count = 0;

  void listen() {
    const auto first = std::min_element(
        out.begin(), out.end(), [](const Out& a, const Out& b) { return a.until < b.until; });
    const auto left = std::chrono::ceil<milliseconds>(first->until - clock::now());
    auto message = replies.receive_for(std::max(left, milliseconds{0}));
    if (!message) {
      // The one whose lease has ended; if there is no room, then next time.
      jobs.send_for(first->message, first->priority, milliseconds{0});
      first->until = clock::now() + options.lease;
      return;
    }
    const Envelope envelope = opened(message->bytes);
    const auto at =
        std::find_if(out.begin(), out.end(), [&](const Out& one) { return one.id == envelope.id; });
    if (at == out.end()) return;
    out.erase(at);
    in.push_back({envelope.id, envelope.word == trouble, std::move(message->bytes)});
  }

  Reply pass(std::list<Reply>::iterator at) {
    Reply reply = std::move(*at);
    in.erase(at);
    return reply;
  }
};

JobBoard::JobBoard(const std::string& name, const BoardOptions& options) {
  const std::size_t size = options.max_payload + sizeof(Envelope);
  Mailbox jobs = Mailbox::replace(name + "-jobs", options.capacity, size);
  try {
    Mailbox replies = Mailbox::replace(name + "-replies", options.capacity, size);
    state_.reset(new State{name, options, std::move(jobs), std::move(replies), {}, {}});
  } catch (...) {
    Mailbox::remove(name + "-jobs");
    throw;
  }
}

JobBoard::~JobBoard() = default;

JobId JobBoard::post(std::uint32_t type, std::span<const std::byte> payload, unsigned priority) {
  if (payload.size() > state_->options.max_payload) throw std::length_error("payload");
  // No more are out than there is room for replies: no worker ever waits to send one.
  while (state_->out.size() >= state_->options.capacity) state_->listen();
  const JobId id = ++state_->count;
  auto message = sealed({order, id, type}, payload);
  while (!state_->jobs.send_for(message, priority, milliseconds{0})) {
    if (state_->out.empty()) {
      state_->replies.receive_for(milliseconds{50});  // of what was given out twice
    } else {
      state_->listen();
    }
  }
  state_->out.push_back({id, priority, std::move(message), clock::now() + state_->options.lease});
  return id;
}

Reply JobBoard::next_reply() {
  if (state_->in.empty() && state_->out.empty()) throw std::logic_error("no job, no reply");
  while (state_->in.empty()) state_->listen();
  return state_->pass(state_->in.begin());
}

Reply JobBoard::wait_for(JobId id) {
  for (;;) {
    const auto at = std::find_if(state_->in.begin(), state_->in.end(),
                                 [&](const Reply& one) { return one.id == id; });
    if (at != state_->in.end()) return state_->pass(at);
    if (std::none_of(state_->out.begin(), state_->out.end(),
                     [&](const State::Out& one) { return one.id == id; })) {
      throw std::invalid_argument("no such job");
    }
    state_->listen();
  }
}

std::vector<Reply> JobBoard::close() {
  while (!state_->out.empty()) state_->listen();
  while (state_->jobs.receive_for(milliseconds{0})) {
  }
  for (std::size_t left = state_->options.workers; left > 0; --left) {
    state_->jobs.send(sealed({leave, 0, 0}, {}), 0);
  }
  while (state_->replies.receive_for(milliseconds{0})) {
  }
  Mailbox::remove(state_->name + "-replies");
  Mailbox::remove(state_->name + "-jobs");
  return {state_->in.begin(), state_->in.end()};
}

std::size_t work(const std::string& name, const Handler& handler, std::size_t most) {
  Mailbox jobs = Mailbox::open(name + "-jobs");
  Mailbox replies = Mailbox::open(name + "-replies");
  const std::size_t room = replies.max_size() - sizeof(Envelope);
  for (std::size_t done = 0; done < most; ++done) {
    Message message = jobs.receive();
    const Envelope envelope = opened(message.bytes);
    if (envelope.word == leave) return done;
    Word word = result;
    std::vector<std::byte> bytes;
    try {
      bytes = handler({envelope.id, static_cast<std::uint32_t>(envelope.type), message.priority,
                       std::move(message.bytes)});
      if (bytes.size() > room) throw std::runtime_error("too long");
    } catch (const std::exception& error) {
      word = trouble;
      const std::string_view why(error.what());
      const auto view = std::as_bytes(std::span(why));
      bytes.assign(view.begin(),
                   view.begin() + static_cast<std::ptrdiff_t>(std::min(view.size(), room)));
    }
    replies.send(sealed({word, envelope.id, envelope.type}, bytes), 1);
  }
  return most;
}

}  // namespace lab
