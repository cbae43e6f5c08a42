#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "boards.h"

using namespace judge;
using namespace boards;
using std::chrono::milliseconds;

/// What has to be right whoever is faster: the engine decides who runs, and time is its own. It
/// stands still while anybody can go on, so that the longest patience costs nothing, and what takes
/// longer than it should is seen to the millisecond. (Not too long a patience, all the same: who
/// looks every ten milliseconds whether a lease has ended is right, and takes steps.)

namespace {

// Until the other side has closed its end: what it makes before is there.
[[maybe_unused]] void wait_for_end_of(int fd) {
  char byte = 0;
  while (::read(fd, &byte, 1) > 0) {
  }
}

}  // namespace

// Part A: a mailbox ------------------------------------------------------------------------------

// Waits in vain, and not in vain, and says how long it took.
ROLE(patient) {
  auto mailbox = lab::Mailbox::create(me.text("queue"), 1, 16);
  const milliseconds patience(me.number("patience"));
  const milliseconds none{0};
  using clock = std::chrono::steady_clock;
  const auto timed = [&](auto call) {
    const auto before = clock::now();
    const bool done = call();
    const auto took = std::chrono::duration_cast<milliseconds>(clock::now() - before);
    me.report("done", done ? "true" : "false");
    me.report("took", static_cast<std::int64_t>(took.count()));
  };
  for (int i = 0; i < 3; ++i) timed([&] { return mailbox.receive_for(patience).has_value(); });
  timed([&] { return mailbox.receive_for(none).has_value(); });
  timed([&] { return mailbox.send_for(me.payload(), 1, patience); });
  timed([&] { return mailbox.send_for(me.payload(), 2, patience); });
  timed([&] { return mailbox.send_for(me.payload(), 3, none); });
  timed([&] { return mailbox.receive_for(patience).has_value(); });
  timed([&] { return mailbox.send_for(me.payload(), 4, none); });
  timed([&] { return mailbox.receive_for(none).has_value(); });
}

CHECK(Mailbox, WaitsNoLongerThanAsked, part('A'), synchronisation, points(4),
      "receive_for and send_for wait as long as they are told, and no longer") {
  const Bytes payload = random.bytes(random.between(0, 16));
  // The first run is in real time, where nobody can say how long a thing takes.
  bool in_real_time = false, first = true;
  const std::int64_t patience = static_cast<std::int64_t>(random.between(40, 60)) * 10 + 7;
  const auto scenario = [&] {
    in_real_time = std::exchange(first, false);
    return Scenario()
        .about("Deadlines")
        .with(Cast(patient)
                  .payload(payload)
                  .give("queue", queue_name())
                  .give("patience", in_real_time ? 5 : patience));
  };
  struct Line {
    const char* text;
    bool done, waits;
  };
  const std::vector<Line> lines{
      {"receive_for on an empty queue", false, true},
      {"receive_for on an empty queue, once more", false, true},
      {"receive_for on an empty queue, a third time", false, true},
      {"receive_for on an empty queue, with a patience of 0", false, false},
      {"send_for on a queue with room", true, false},
      {"send_for on a full queue", false, true},
      {"send_for on a full queue, with a patience of 0", false, false},
      {"receive_for on a queue with a message", true, false},
      {"send_for on a queue with room, with a patience of 0", true, false},
      {"receive_for on a queue with a message, with a patience of 0", true, false}};
  const auto wrong = [&](const RunResult& run) -> std::string {
    const auto done = run.of(patient).all("done"), took = run.of(patient).all("took");
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i >= done.size() || i >= took.size()) return "It did not come to its end.";
      const Line& line = lines[i];
      if (done[i] != (line.done ? "true" : "false")) {
        return std::string(line.text) + " has to " +
               (line.done ? "succeed at once, and gave up." : "give up in the end, and succeeded.");
      }
      if (in_real_time) continue;
      const std::int64_t least = line.waits ? patience : 0, ms = std::atoll(took[i].c_str());
      if (ms >= least && ms <= least + 1000) continue;
      return std::string(line.text) + " has to take " + std::to_string(least) +
             " ms, by a clock that stands still while anybody can run. It took " +
             std::to_string(ms) + " ms" +
             (ms < least ? ": the deadline was over before it began."
                         : ": the deadline lies far in the future.");
    }
    return "";
  };
  explore({.count = 4}, scenario, wrong);
}

ROLE(filler) {
  auto mailbox = lab::Mailbox::create(me.text("queue"), 1, 16);
  ::close(me.fd("ready"));
  for (const Parcel& parcel : queues::decode(me.payload())) {
    if (me.text("how") == "for") {
      const bool sent = mailbox.send_for(parcel.bytes, parcel.priority, std::chrono::hours{1});
      if (!sent) me.report("gave up", "");
    } else {
      mailbox.send(parcel.bytes, parcel.priority);
    }
  }
}

ROLE(emptier) {
  wait_for_end_of(me.fd("ready"));
  auto mailbox = lab::Mailbox::open(me.text("queue"));
  for (std::int64_t left = me.number("count"); left > 0; --left) {
    std::optional<lab::Message> message;
    if (me.text("how") == "for") {
      message = mailbox.receive_for(std::chrono::hours{1});
      if (!message) me.report("gave up", "");
    } else {
      message = mailbox.receive();
    }
    if (message) me.report("came", queues::encode({{message->bytes, message->priority}}));
  }
}

CHECK(Mailbox, WaitsForRoomAndForMessages, part('A'), synchronisation, points(2),
      "every message arrives, whether the sender or the receiver is faster") {
  for (const char* how : {"ever", "for"}) {
    std::vector<Parcel> sent;
    for (int i = 0; i < 3; ++i) sent.push_back({random.bytes(random.between(4, 16)), 5});
    const auto scenario = [&] {
      Channel ready;
      const std::string name = queue_name();
      return Scenario()
          .about(how == std::string("for") ? "Deadlines" : "Messages")
          .with(Cast(filler)
                    .payload(queues::encode(sent))
                    .give("queue", name)
                    .give("how", std::string(how))
                    .give("ready", std::move(ready.write_end)))
          .with(Cast(emptier)
                    .give("queue", name)
                    .give("how", std::string(how))
                    .give("count", 3)
                    .give("ready", std::move(ready.read_end)));
    };
    const auto wrong = [&](const RunResult& run) -> std::string {
      for (const Role role : {filler, emptier}) {
        if (run.of(role).reported("gave up") == nullptr) continue;
        return std::string(role.name == std::string(filler.name) ? "send_for" : "receive_for") +
               " was told to wait for an hour at most, and gave up at once, although the other "
               "side had only not come so far yet.";
      }
      return queues::difference(sent, queues::parcels(run.of(emptier), "came"));
    };
    explore({.count = 150}, scenario, wrong);
  }
}

// Parts B and C: a board -------------------------------------------------------------------------

ROLE(coordinator) { follow_script(me); }

ROLE(worker_a) {
  wait_for_start(me);
  do_jobs(me);
}

ROLE(worker_b) {
  wait_for_start(me);
  do_jobs(me);
}

// Tells of each job that it has posted.
ROLE(diligent) {
  std::signal(SIGPIPE, SIG_IGN);  // The other one may have heard enough, and gone.
  follow_script(me, me.fd("posted"));
}

// Comes to work when all the others have come as far as they can without it.
ROLE(late_worker) {
  wait_for_start(me);
  std::this_thread::sleep_for(milliseconds(me.number("nap")));
  const int posted = me.fd("posted");
  ::fcntl(posted, F_SETFL, ::fcntl(posted, F_GETFL) | O_NONBLOCK);
  char marks[64];
  me.report("posted", static_cast<std::int64_t>(::read(posted, marks, sizeof marks)));
  do_jobs(me);
}

// Falls asleep over its first job, for longer than the lease.
ROLE(sleepy_worker) {
  wait_for_start(me);
  bool first = true;
  do_jobs(me, [&](const lab::Job&) {
    if (std::exchange(first, false)) {
      std::this_thread::sleep_for(milliseconds(me.number("nap")));
    }
  });
}

namespace {

// These are for checks alone: templates, so that the subject, which has nothing of the judge's,
// does not ask for it.

template <class Run>
std::vector<Parcel> done_by(const Run& run, std::initializer_list<Role> roles) {
  std::vector<Parcel> did;
  for (const Role role : roles) {
    for (Parcel& parcel : queues::parcels(run.of(role), "did")) did.push_back(std::move(parcel));
  }
  return did;
}

template <class Run>
std::string names_left(const Run& run) {
  const auto left = run.of(coordinator).all("left");
  return left.empty() ? ""
                      : "close has returned, and the queue " + left.front() + " is still there.";
}

}  // namespace

CHECK(JobBoard, HoldsBackWhoPostsTooMuch, part('B'), synchronisation, points(4),
      "post waits while as many jobs as the board takes wait for a worker") {
  Work work(random, queue_name());
  work.capacity = random.between(1, 3);
  work.workers = 1;
  work.lease = 36'000'000;
  const std::size_t count = work.capacity + 2;
  work.say("start");
  for (std::size_t i = 0; i < count; ++i) work.post(random.bytes(8), 0, 0);
  work.say("rest " + std::to_string(count));
  bool in_real_time = false, first = true;
  const auto scenario = [&] {
    in_real_time = std::exchange(first, false);
    Channel posted;
    return together(work.posting(diligent).give("posted", std::move(posted.write_end)),
                    work.working(late_worker, static_cast<std::int64_t>(count))
                        .give("nap", in_real_time ? 30 : 100)
                        .give("posted", std::move(posted.read_end)))
        .about("Full on both sides");
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    const std::string text = work.wrong_replies(run.of(diligent));
    if (!text.empty()) return text;
    const auto posted = static_cast<std::size_t>(
        std::max(0LL, std::atoll(run.of(late_worker).last("posted").c_str())));
    const std::string situation = "The board is for " + std::to_string(work.capacity) +
                                  " jobs that wait, and before a worker came, post had returned " +
                                  std::to_string(posted) + " times. ";
    if (posted > work.capacity) return situation + "Who posts more than that has to wait.";
    if (posted < work.capacity && !in_real_time) return situation + "There was room for more.";
    return "";
  };
  explore({.count = 150}, scenario, wrong);
}

CHECK(JobBoard, EndsWhenBothQueuesAreFull, part('B'), synchronisation, points(4),
      "who posts more than both queues hold does not wait for ever") {
  Work work(random, queue_name());
  work.capacity = 1;
  work.workers = 1;
  const std::size_t count = 4;
  work.say("start");
  for (std::size_t i = 0; i < count; ++i) work.post(random.bytes(8), 0, 0);
  work.say("rest " + std::to_string(count));
  const auto scenario = [&] {
    return together(work.posting(coordinator),
                    work.working(worker_a, static_cast<std::int64_t>(count)))
        .about("Full on both sides");
  };
  const auto wrong = [&](const RunResult& run) {
    const std::string text = work.wrong_replies(run.of(coordinator));
    return text.empty() ? work.wrong_jobs(done_by(run, {worker_a}), true) : text;
  };
  explore({.count = 250}, scenario, wrong);
}

CHECK(Close, EndsInEverySchedule, part('C'), synchronisation, points(8),
      "close loses no job and forgets no worker, whoever is faster") {
  Work work(random, queue_name());
  work.capacity = 2;
  work.say("start");
  work.post(random.bytes(8), 2, 0).post(random.bytes(9), 3, 1).say("close");
  const auto scenario = [&] {
    return together(work.posting(coordinator), work.working(worker_a), work.working(worker_b))
        .about("Leaving without losing anything");
  };
  const auto wrong = [&](const RunResult& run) {
    std::string text = work.wrong_replies(run.of(coordinator));
    if (text.empty()) text = work.wrong_jobs(done_by(run, {worker_a, worker_b}), true);
    return text.empty() ? names_left(run) : text;
  };
  explore({.count = 500}, scenario, wrong);
}

CHECK(Lease, GivesADeadWorkersJobToAnother, part('C'), faults, points(9),
      "whenever a worker is killed, another one does its job") {
  Work work(random, queue_name());
  work.capacity = 2;
  work.lease = 500;
  work.say("start");
  work.post(random.bytes(8), 2, 0).post(random.bytes(9), 3, 0);
  if (random.coin()) work.say("next");
  work.say("close");
  const auto scenario = [&] {
    return together(work.posting(coordinator), work.working(worker_a), work.working(worker_b))
        .about("A worker that dies");
  };
  const auto wrong = [&](const RunResult& run) {
    std::string text = work.wrong_replies(run.of(coordinator));
    if (text.empty()) text = work.wrong_jobs(done_by(run, {worker_a, worker_b}), false);
    return text.empty() ? names_left(run) : text;
  };
  explore({.count = 600, .killed = worker_a}, scenario, wrong);
}

CHECK(Lease, AnswersOnceWhatIsDoneTwice, part('C'), faults, points(5),
      "a slow worker's job is given to another, and answered once") {
  // A worker needs 70 ms for its first job. Its lease may be shorter than that, or far longer.
  for (const bool too_slow : {true, false}) {
    Work work(random, queue_name());
    work.capacity = 2;
    work.lease = too_slow ? 20 : 3'600'000;
    work.say("start");
    work.post(random.bytes(8), 2, 0).post(random.bytes(9), 3, 0).say("next").say("next");
    work.say("nap 100").post(random.bytes(7), 4, 0);
    if (random.coin()) work.say("next");
    work.say("close");
    const auto scenario = [&] {
      return together(work.posting(coordinator), work.working(sleepy_worker).give("nap", 70),
                      work.working(worker_b))
          .about("A worker that dies");
    };
    const auto wrong = [&](const RunResult& run) {
      std::string text = work.wrong_replies(run.of(coordinator));
      if (text.empty()) {
        text = work.wrong_jobs(done_by(run, {sleepy_worker, worker_b}), !too_slow);
      }
      return text.empty() ? names_left(run) : text;
    };
    explore({.count = 200}, scenario, wrong);
  }
}
