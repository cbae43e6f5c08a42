#include "common/explore/arrows.h"

#include <algorithm>
#include <cstring>

namespace explore {

using interleave::Kind;
using interleave::Op;
using interleave::Step;

namespace {

constexpr int most_rows = 1000;  // that are looked at for one that fits

// What others may take up from.
bool hands_on(Op op) {
  switch (op) {
    case Op::fork:
    case Op::create:
    case Op::end:
    case Op::exit:
    case Op::killed:
    case Op::store:
    case Op::exchange:
    case Op::fence:
    case Op::unlock:
    case Op::cond_signal:
    case Op::cond_broadcast:
    case Op::sem_post:
    case Op::barrier:
    case Op::once:
    case Op::futex_wake:
    case Op::close:
    case Op::open:
    case Op::connect:
    case Op::accept:
    case Op::write_fd:
    case Op::read_fd:
    case Op::mq_send:
    case Op::mq_receive:
    case Op::msg_send:
    case Op::msg_receive:
    case Op::sem_op:
    case Op::flock:
    case Op::kill:
      return true;
    default:
      return false;
  }
}

// What does not take up from anybody, whatever is known by then.
bool takes_nothing(Op op) {
  switch (op) {
    case Op::fork:
    case Op::create:
    case Op::end:
    case Op::exit:
    case Op::killed:
    case Op::store:
    case Op::unlock:
    case Op::cond_signal:
    case Op::cond_broadcast:
    case Op::sem_post:
    case Op::futex_wake:
    case Op::close:
    case Op::poll:
    case Op::kill:
      return true;
    default:
      return false;
  }
}

bool sends(Op op) { return op == Op::write_fd || op == Op::mq_send || op == Op::msg_send; }
bool receives(Op op) { return op == Op::read_fd || op == Op::mq_receive || op == Op::msg_receive; }

}  // namespace

Arrows::Arrows(const interleave::Control& run, std::size_t threads)
    : run_(run),
      threads_(threads),
      known_(threads, Known(threads)),
      rows_(threads),
      waited_(threads) {}

std::optional<std::size_t> Arrows::into(std::size_t number) {
  const Step& step = run_.step[number];
  Known& known = known_[step.thread];
  const Known before = known;
  const std::size_t news = std::min<std::size_t>(run_.news, interleave::most_news);
  for (; next_ < news && run_.news_of[next_].step <= number; ++next_) {
    const interleave::News& item = run_.news_of[next_];
    if (item.step == number && item.thread < threads_) known[item.thread] = item.time;
  }
  const bool waited = waited_[step.thread];
  waited_[step.thread] = step.blocked != 0;
  if (step.blocked != 0 || takes_nothing(step.op)) return std::nullopt;
  if (step.op == Op::read_fd) {
    if (is_called(step.object, "a pipe") && step.value > 0) return from_pipe(step);
    if (is_called(step.object, "a socket")) {
      return step.value > 0 ? first_send(step, before) : std::nullopt;
    }
  }
  if (receives(step.op) && step.op != Op::read_fd) return from_queue(step);
  // Room is taken up from who has made it, if it was waited for.
  if (sends(step.op) && !waited) return std::nullopt;
  return newest(step, before);
}

void Arrows::add(const Step& step, std::size_t row) {
  if (step.blocked != 0) return;
  if (step.op == Op::fork || step.op == Op::create) {
    const auto child = static_cast<std::uint64_t>(step.value);
    // It knows from the beginning what its parent knows.
    if (child < threads_) {
      known_[child] = known_[step.thread];
      known_[child][step.thread] = step.time;
    }
  }
  const bool locks = step.op == Op::read_lock || step.op == Op::write_lock ||
                     step.op == Op::try_lock || step.op == Op::lock;
  if (locks) lock_[{step.thread, step.object}] = step.op;
  if (sends(step.op) && step.value >= 0) {
    messages_[step.object].push_back({row, step.thread, step.value});
  }
  if (hands_on(step.op) && row != untold) {
    const bool shared = step.op == Op::unlock && is_shared(step);
    rows_[step.thread].push_back({row, step.time, step.object, step.op, shared});
  }
}

// Whether it has, or wants, a lock that others may have with it.
bool Arrows::is_shared(const Step& step) const {
  Op op = step.op;
  if (op == Op::unlock) {
    const auto lock = lock_.find({step.thread, step.object});
    if (lock == lock_.end()) return false;
    op = lock->second;
  }
  return op == Op::read_lock || (op == Op::try_lock && step.object < interleave::most_objects &&
                                 run_.object[step.object].kind == Kind::rwlock);
}

bool Arrows::is_called(std::uint32_t object, const char* name) const {
  return object < interleave::most_objects &&
         std::strncmp(run_.object[object].name, name, sizeof run_.object[object].name) == 0;
}

bool Arrows::fits(const Step& step, const Handed& handed) const {
  if (handed.shared && is_shared(step)) return false;
  if (sends(step.op)) return receives(handed.op) && handed.object == step.object;
  if (step.op == Op::accept) return handed.op == Op::connect;
  if (step.op == Op::connect) return handed.op == Op::accept;
  // The end of what can be read.
  if (step.op == Op::read_fd && step.value <= 0) {
    return !sends(handed.op) && !receives(handed.op);
  }
  return true;
}

// The last row of which the thread knows by this step: one about the same object, if there is one.
std::optional<std::size_t> Arrows::newest(const Step& step, const Known& before) const {
  std::optional<std::size_t> any, same;
  for (std::size_t thread = 0; thread < threads_; ++thread) {
    const std::uint32_t now = known_[step.thread][thread];
    const std::vector<Handed>& rows = rows_[thread];
    auto after = std::upper_bound(
        rows.begin(), rows.end(), now,
        [](std::uint32_t time, const Handed& handed) { return time < handed.time; });
    for (int i = 0; after != rows.begin() && i < most_rows; ++i) {
      const Handed& handed = *--after;
      if (handed.time <= before[thread]) break;
      if (!fits(step, handed)) continue;
      any = std::max(any, std::optional(handed.row));
      if (handed.object == step.object) same = std::max(same, std::optional(handed.row));
    }
  }
  return same ? same : any;
}

// Which end of a connection belongs to which is not known, and so not which of the messages was
// read; of those of one sender, the first came before the others.
std::optional<std::size_t> Arrows::first_send(const Step& step, const Known& before) const {
  std::optional<std::size_t> first;
  for (std::size_t thread = 0; thread < threads_; ++thread) {
    const std::uint32_t now = known_[step.thread][thread];
    for (const Handed& handed : rows_[thread]) {
      if (handed.time > now) break;
      if (handed.time <= before[thread] || !sends(handed.op)) continue;
      if (!is_called(handed.object, "a socket")) continue;
      if (first) return std::nullopt;  // or several senders: then nobody can tell
      first = handed.row;
      break;
    }
  }
  return first;
}

// What goes in first comes out first.
std::optional<std::size_t> Arrows::from_pipe(const Step& step) {
  std::vector<Message>& messages = messages_[step.object];
  std::int64_t left = step.value;
  std::optional<std::size_t> from;
  std::size_t done = 0;
  for (; done < messages.size() && left > 0; ++done) {
    Message& message = messages[done];
    if (message.thread != step.thread) from = message.row;
    if (message.bytes > left) {
      message.bytes -= left;
      break;
    }
    left -= message.bytes;
  }
  messages.erase(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(done));
  return from == untold ? std::nullopt : from;
}

// Messages may overtake others. Since the queue was empty, the first was sent before the others if
// all are by one sender.
std::optional<std::size_t> Arrows::from_queue(const Step& step) {
  std::vector<Message>& messages = messages_[step.object];
  if (step.value < 0 || messages.empty()) return std::nullopt;
  const Message first = messages.front();
  const bool by_one = std::all_of(messages.begin(), messages.end(), [&](const Message& message) {
    return message.thread == first.thread;
  });
  if (++taken_[step.object] >= messages.size()) {
    messages.clear();
    taken_[step.object] = 0;
  }
  if (!by_one || first.thread == step.thread || first.row == untold) return std::nullopt;
  return first.row;
}

}  // namespace explore
