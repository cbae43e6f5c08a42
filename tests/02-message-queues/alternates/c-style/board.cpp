#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

// A message: a letter, eight bytes of id, four of type, and the payload.
static const std::size_t front = 13;

static std::vector<std::byte> put(char kind, JobId id, std::uint32_t type,
                                  std::span<const std::byte> payload) {
  std::vector<std::byte> m;
  m.push_back(static_cast<std::byte>(kind));
  for (int shift = 56; shift >= 0; shift -= 8) m.push_back(static_cast<std::byte>(id >> shift));
  for (int shift = 24; shift >= 0; shift -= 8) m.push_back(static_cast<std::byte>(type >> shift));
  m.insert(m.end(), payload.begin(), payload.end());
  return m;
}

static JobId number(const std::byte* at, int bytes) {
  JobId value = 0;
  while (bytes-- > 0) value = value << 8 | static_cast<JobId>(*at++);
  return value;
}

static int make(const std::string& name, const BoardOptions& o) {
  struct mq_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.mq_maxmsg = static_cast<long>(o.capacity);
  attr.mq_msgsize = static_cast<long>(front + o.max_payload);
  for (;;) {
    mq_unlink(name.c_str());
    const int q = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
    if (q >= 0) return q;
    if (errno != EEXIST) throw ipc::SystemError("mq_open");
  }
}

static long long now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static const timespec past = {1, 0};

// Whether there was room; never waits.
static bool offer(int q, const std::vector<std::byte>& m, unsigned priority) {
  for (;;) {
    const char* text = reinterpret_cast<const char*>(m.data());
    if (mq_timedsend(q, text, m.size(), priority, &past) == 0) return true;
    if (errno == ETIMEDOUT) return false;
    if (errno != EINTR) throw ipc::SystemError("mq_timedsend");
  }
}

// Whether there was something; never waits.
static bool fetch(int q, std::vector<std::byte>& m, std::size_t size) {
  m.resize(size);
  for (;;) {
    const ssize_t n = mq_timedreceive(q, reinterpret_cast<char*>(m.data()), size, nullptr, &past);
    if (n >= 0) {
      m.resize(static_cast<std::size_t>(n));
      return true;
    }
    if (errno == ETIMEDOUT) return false;
    if (errno != EINTR) throw ipc::SystemError("mq_timedreceive");
  }
}

struct JobBoard::State {
  struct Entry {
    JobId id;
    unsigned priority;
    long long due;
    bool answered, returned;
    std::vector<std::byte> message;
    Reply reply;
  };
  std::string name;
  BoardOptions options;
  ipc::UniqueFd jobs, replies;
  std::vector<Entry> table;
  std::vector<JobId> arrivals;

  Entry* find(JobId id) {
    for (Entry& e : table) {
      if (e.id == id) return &e;
    }
    return nullptr;
  }
  std::size_t open() const {
    std::size_t n = 0;
    for (const Entry& e : table) n += e.answered ? 0 : 1;
    return n;
  }

  void take_all() {
    std::vector<std::byte> m;
    while (fetch(replies.get(), m, front + options.max_payload)) {
      Entry* e = find(number(m.data() + 1, 8));
      if (e == nullptr || e->answered) continue;
      e->answered = true;
      e->reply.id = e->id;
      e->reply.failed = static_cast<char>(m[0]) == 'f';
      e->reply.payload.assign(m.begin() + front, m.end());
      arrivals.push_back(e->id);
    }
  }

  // Waits for a reply, or also for room, or until a lease ends.
  void wait(bool or_room) {
    long long due = now() + 1000000;
    for (const Entry& e : table) {
      if (!e.answered && e.due < due) due = e.due;
    }
    pollfd both[2] = {{replies.get(), POLLIN, 0}, {or_room ? jobs.get() : -1, POLLOUT, 0}};
    const long long left = due - now();
    if (poll(both, 2, left > 0 ? static_cast<int>(left) : 0) < 0 && errno != EINTR) {
      throw ipc::SystemError("poll");
    }
    take_all();
    for (Entry& e : table) {
      if (e.answered || e.due > now()) continue;
      offer(jobs.get(), e.message, e.priority);
      e.due = now() + options.lease.count();
    }
  }

  Reply give(Entry& e) {
    e.returned = true;
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      if (arrivals[i] == e.id) {
        arrivals.erase(arrivals.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
    }
    return std::move(e.reply);
  }
};

JobBoard::JobBoard(const std::string& name, const BoardOptions& options)
    : state_(new State{name, options, {}, {}, {}, {}}) {
  state_->jobs.reset(make(name + "-jobs", options));
  try {
    state_->replies.reset(make(name + "-replies", options));
  } catch (...) {
    mq_unlink((name + "-jobs").c_str());
    throw;
  }
}

JobBoard::~JobBoard() = default;

JobId JobBoard::post(std::uint32_t type, std::span<const std::byte> payload, unsigned priority) {
  State& s = *state_;
  if (payload.size() > s.options.max_payload) throw std::length_error("payload");
  State::Entry e{s.table.size() + 1, priority, 0, false, false, {}, {}};
  e.message = put('j', e.id, type, payload);
  while (!offer(s.jobs.get(), e.message, priority)) s.wait(true);
  e.due = now() + s.options.lease.count();
  s.table.push_back(e);
  return e.id;
}

Reply JobBoard::next_reply() {
  State& s = *state_;
  for (s.take_all(); s.arrivals.empty(); s.wait(false)) {
    if (s.open() == 0) throw std::logic_error("nothing can come");
  }
  return s.give(*s.find(s.arrivals.front()));
}

Reply JobBoard::wait_for(JobId id) {
  State& s = *state_;
  State::Entry* e = s.find(id);
  if (e == nullptr || e->returned) throw std::invalid_argument("no such reply");
  while (!e->answered) s.wait(false);
  return s.give(*e);
}

std::vector<Reply> JobBoard::close() {
  State& s = *state_;
  while (s.open() > 0) s.wait(false);
  std::vector<std::byte> m;
  while (fetch(s.jobs.get(), m, front + s.options.max_payload)) {
  }
  for (std::size_t i = 0; i < s.options.workers; ++i) {
    while (!offer(s.jobs.get(), put('q', 0, 0, {}), 0)) s.wait(true);
  }
  s.take_all();
  mq_unlink((s.name + "-jobs").c_str());
  mq_unlink((s.name + "-replies").c_str());
  std::vector<Reply> rest;
  while (!s.arrivals.empty()) rest.push_back(s.give(*s.find(s.arrivals.front())));
  return rest;
}

std::size_t work(const std::string& name, const Handler& handler, std::size_t most) {
  const ipc::UniqueFd jobs(mq_open((name + "-jobs").c_str(), O_RDONLY));
  if (!jobs) throw ipc::SystemError("mq_open");
  const ipc::UniqueFd replies(mq_open((name + "-replies").c_str(), O_WRONLY));
  if (!replies) throw ipc::SystemError("mq_open");
  struct mq_attr attr;
  if (mq_getattr(jobs.get(), &attr) < 0) throw ipc::SystemError("mq_getattr");
  const auto size = static_cast<std::size_t>(attr.mq_msgsize);
  std::vector<std::byte> m(size);
  std::size_t done = 0;
  for (; done < most; ++done) {
    unsigned priority = 0;
    ssize_t n;
    do {
      n = mq_receive(jobs.get(), reinterpret_cast<char*>(m.data()), size, &priority);
    } while (n < 0 && errno == EINTR);
    if (n < 0) throw ipc::SystemError("mq_receive");
    if (static_cast<char>(m[0]) == 'q') return done;
    Job job;
    job.id = number(m.data() + 1, 8);
    job.type = static_cast<std::uint32_t>(number(m.data() + 9, 4));
    job.priority = priority;
    job.payload.assign(m.begin() + front, m.begin() + n);
    std::vector<std::byte> result;
    std::string problem;
    bool failed = false;
    try {
      result = handler(job);
      failed = result.size() > size - front;
      problem = "too long";
    } catch (const std::exception& e) {
      failed = true;
      problem = e.what();
    }
    if (failed) {
      const auto bytes = std::as_bytes(std::span(problem));
      result.assign(bytes.begin(), bytes.end());
      if (result.size() > size - front) result.resize(size - front);
    }
    const auto reply = put(failed ? 'f' : 'd', job.id, job.type, result);
    int sent;
    do {
      sent = mq_send(replies.get(), reinterpret_cast<const char*>(reply.data()), reply.size(), 0);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) throw ipc::SystemError("mq_send");
  }
  return done;
}

}  // namespace lab
