#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bulletin.h"
#include "channel.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "memory.h"
#include "ring.h"
#include "shared_region.h"

using namespace judge;

/// What has to be right whoever is faster: here the engine decides who runs, and every access to
/// shared memory is a step.

namespace {

// A word to another role, by a pipe, and the wait for one.
[[maybe_unused]] void say(int fd) {
  std::signal(SIGPIPE, SIG_IGN);
  (void)!::write(fd, "!", 1);
}
// @returns false if nobody can say it any more.
[[maybe_unused]] bool is_told(int fd) {
  char word = 0;
  return ::read(fd, &word, 1) == 1;
}

[[maybe_unused]] std::span<const std::byte> part_of(std::span<const std::byte> bytes,
                                                    std::size_t number, std::size_t size) {
  return bytes.subspan(number * size, size);
}

}  // namespace

// Part A: regions --------------------------------------------------------------------------------

ROLE(creator_a) {
  try {
    const lab::SharedRegion region = lab::SharedRegion::create(me.text("name"), 192);
    me.report("created", static_cast<std::int64_t>(region.bytes().size()));
    // Until the other one has tried, too.
    say(me.fd("i have tried"));
    is_told(me.fd("have you tried"));
  } catch (const ipc::SystemError& error) {
    me.report("failed", ::strerrorname_np(error.error()));
    say(me.fd("i have tried"));
    is_told(me.fd("have you tried"));
  }
}

ROLE(creator_b) { ipclab_body_creator_a(me); }

ROLE(opener) {
  for (int i = 0; i < 3; ++i) {
    try {
      const lab::SharedRegion region = lab::SharedRegion::open(me.text("name"));
      me.report("opened", static_cast<std::int64_t>(region.bytes().size()));
      return;
    } catch (const lab::BadRegion& bad) {
      me.report("bad", bad.why == lab::BadRegion::Why::not_ready ? "not ready" : bad.what());
    } catch (const ipc::SystemError& error) {
      if (error.error() != ENOENT) me.report("bad", ::strerrorname_np(error.error()));
    }
    ::sched_yield();
  }
}

CHECK(Region, IsWholeInEverySchedule, part('A'), synchronisation, points(4),
      "one of two creators creates, and who opens meanwhile gets a whole region or none") {
  const std::string name = "/" + random.word(9);
  const auto scenario = [&] {
    judge::Channel to_a, to_b;
    return Scenario()
        .with(Cast(creator_a)
                  .give("name", name)
                  .give("i have tried", std::move(to_b.write_end))
                  .give("have you tried", std::move(to_a.read_end)))
        .with(Cast(creator_b)
                  .give("name", name)
                  .give("i have tried", std::move(to_a.write_end))
                  .give("have you tried", std::move(to_b.read_end)))
        .with(Cast(opener).give("name", name))
        .about("Who creates, who opens");
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    const RoleResult& a = run.of(creator_a);
    const RoleResult& b = run.of(creator_b);
    const bool a_did = a.last("created") == "192", b_did = b.last("created") == "192";
    if (a_did == b_did) {
      return std::string("Two processes created a region of the same name at the same time, and ") +
             (a_did ? "both believe that it is theirs."
                    : "none of them got one: " + a.last("failed") + " and " + b.last("failed") +
                          ".") +
             " One has to get it, and the other EEXIST: O_CREAT with O_EXCL.";
    }
    const std::string failed = (a_did ? b : a).last("failed");
    if (failed != "EEXIST") return "Who came second got " + failed + " and not EEXIST.";
    for (const std::string& bad : run.of(opener).all("bad")) {
      if (bad != "not ready") {
        return "open() of a region that was just being made threw: " + bad +
               ". It is not ready yet, and that is all that can be said of it.";
      }
    }
    const RoleResult& seen = run.of(opener);
    if (seen.reported("opened") != nullptr && seen.last("opened") != "192") {
      return "A region of 192 bytes was being made, and open() gave one of " + seen.last("opened") +
             ".";
    }
    return "";
  };
  explore({.count = 150}, scenario, wrong);
}

// Part B: a ring ---------------------------------------------------------------------------------

// Pushes its frames, and says after each that it has.
ROLE(producer) {
  lab::Ring ring = lab::Ring::create(memory::map(me));
  say(me.fd("made"));
  for (const auto frame : memory::pieces(me.payload(), memory::sizes_in(me.text("sizes")))) {
    auto room = ring.loan(frame.size());
    for (; !room; room = ring.loan(frame.size())) ::sched_yield();
    std::memcpy(room->data(), frame.data(), frame.size());
    ring.publish();
    me.report("pushed", "");
  }
}

// Takes out as many, or all that there will ever be.
ROLE(consumer) {
  const auto memory = memory::map(me);
  if (!is_told(me.fd("made"))) return;
  lab::Ring ring = lab::Ring::open(memory);
  // The pipe ends with the producer: what is not there then will not come.
  ::fcntl(me.fd("made"), F_SETFL, O_NONBLOCK);
  for (std::int64_t i = 0; i < me.number("count");) {
    char word = 0;
    const bool is_over = ::read(me.fd("made"), &word, 1) == 0;
    const auto frame = ring.borrow();
    if (frame) {
      // A copy, because the engine sees what is done here, and not what a report does.
      const std::vector<std::byte> copy(frame->begin(), frame->end());
      ring.release();
      me.report("frame", copy);
      ++i;
    } else if (is_over) {
      break;
    } else {
      ::sched_yield();
    }
  }
}

namespace {

/// A producer and a consumer, and the frames that go from one to the other.
struct Flow {
  memory::Place place;
  std::vector<std::size_t> sizes;
  Bytes payload;
  std::size_t gap;

  [[nodiscard]] Scenario scenario() const {
    judge::Channel made;
    return Scenario()
        .with(place.told(Cast(producer)
                             .give("sizes", memory::listed(sizes))
                             .give("made", std::move(made.write_end))
                             .payload(payload),
                         1))
        .with(place.told(Cast(consumer)
                             .give("count", static_cast<std::int64_t>(sizes.size()))
                             .give("made", std::move(made.read_end)),
                         gap))
        .about("Acquire and release");
  }

  [[nodiscard]] std::string wrong(const RunResult& run) const {
    const std::vector<std::string> got = run.of(consumer).all("frame");
    const std::size_t pushed = run.of(producer).all("pushed").size();
    const auto frames = memory::pieces(payload, sizes);
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (i == frames.size()) return "More frames came out than were pushed.";
      const std::string differs = difference(frames[i], as_bytes(got[i]));
      if (!differs.empty()) return "Of frame number " + std::to_string(i + 1) + ": " + differs;
    }
    if (got.size() >= pushed) return "";
    return std::to_string(pushed) + " frames were published, and " + std::to_string(got.size()) +
           " came out.";
  }
};

[[maybe_unused]] inline Flow flow_of(Random& random, std::vector<std::size_t> sizes) {
  std::size_t sum = 0;
  for (const std::size_t size : sizes) sum += size;
  return {memory::place(random, 1024), std::move(sizes), random.bytes(sum), random.between(2, 60)};
}

}  // namespace

CHECK(Ring, LosesNothingInEverySchedule, part('B'), synchronisation, points(9),
      "no frame is lost, torn or doubled, whichever process is faster") {
  const std::size_t small = random.between(3, 5) * 8, large = 384 - random.between(0, 3) * 8;
  // Some that all fit; some of which one or two fit: there the two have to take turns; and the same
  // behind a short one, so that the one that is being read lies where the next is to be written.
  for (const Flow& flow :
       {flow_of(random, {small, small, small}), flow_of(random, {large, large, large, large}),
        flow_of(random, {small, large, large, large})}) {
    explore(
        {.count = 150}, [&] { return flow.scenario(); },
        [&](const RunResult& run) { return flow.wrong(run); });
  }
}

CHECK(Ring, SurvivesItsProducer, part('B'), faults, points(4),
      "whenever the producer is killed, what it has published comes out, and no more") {
  const std::size_t size = random.between(2, 6) * 8;
  const Flow flow = flow_of(random, {size, size, size});
  explore(
      {.count = 150, .killed = producer}, [&] { return flow.scenario(); },
      [&](const RunResult& run) { return flow.wrong(run); });
}

// Part C: a channel ------------------------------------------------------------------------------

ROLE(sender) {
  try {
    lab::Channel channel = lab::Channel::create(memory::map(me));
    say(me.fd("made"));
    if (me.number("waits") != 0 && !is_told(me.fd("opened"))) return me.report("end", "nobody");
    const auto sizes = memory::sizes_in(me.text("sizes"));
    for (const auto piece : memory::pieces(me.payload(), sizes)) {
      channel.send(piece);
      me.report("sent", "");
    }
    channel.close();
    me.report("end", "closed");
  } catch (const lab::PeerDied&) {
    me.report("end", "PeerDied");
  }
}

ROLE(receiver) {
  const auto memory = memory::map(me);
  if (!is_told(me.fd("made"))) return me.report("end", "nobody");
  try {
    lab::Channel channel = lab::Channel::open(memory);
    if (me.number("waits") != 0) say(me.fd("opened"));
    std::vector<std::byte> message;
    while (channel.receive(message)) me.report("message", message);
    me.report("end", "closed");
  } catch (const lab::PeerDied&) {
    me.report("end", "PeerDied");
  }
}

// A question and its answer, by two channels: whoever waits, waits for the other.
ROLE(asker) {
  const auto memory = memory::map(me);
  lab::Channel there = lab::Channel::create(memory.first(lab::Channel::least_memory));
  say(me.fd("made"));
  if (!is_told(me.fd("is made"))) return;
  lab::Channel back = lab::Channel::open(memory.last(lab::Channel::least_memory));
  there.send(me.payload());
  std::vector<std::byte> answer;
  if (back.receive(answer)) me.report("answer", answer);
}

ROLE(answerer) {
  const auto memory = memory::map(me);
  lab::Channel back = lab::Channel::create(memory.last(lab::Channel::least_memory));
  say(me.fd("made"));
  if (!is_told(me.fd("is made"))) return;
  lab::Channel there = lab::Channel::open(memory.first(lab::Channel::least_memory));
  std::vector<std::byte> question;
  if (!there.receive(question)) return;
  std::reverse(question.begin(), question.end());
  back.send(question);
}

namespace {

[[maybe_unused]] inline std::string wrong_sleep(const RunResult& run) {
  if (run.used.sleep.count() == 0) return "";
  return "Both slept, although there was something to do for one of them, and only a timeout "
         "after " +
         std::to_string(run.used.sleep.count()) +
         " ms woke him up: a lost wakeup, and the timeout hides it.";
}

struct Talk {
  memory::Place place;
  std::vector<std::size_t> sizes;
  Bytes payload;

  // @param waits  the sender, until the receiver has opened the channel: from then on it may die.
  [[nodiscard]] Scenario scenario(bool waits = false) const {
    judge::Channel made, opened;
    return Scenario()
        .with(place.told(Cast(sender)
                             .give("sizes", memory::listed(sizes))
                             .give("waits", std::int64_t{waits ? 1 : 0})
                             .give("made", std::move(made.write_end))
                             .give("opened", std::move(opened.read_end))
                             .payload(payload),
                         1))
        .with(place.told(Cast(receiver)
                             .give("waits", std::int64_t{waits ? 1 : 0})
                             .give("made", std::move(made.read_end))
                             .give("opened", std::move(opened.write_end)),
                         9))
        .about("The lost wakeup");
  }

  // What is wrong with the messages that came, whoever was killed.
  [[nodiscard]] std::string wrong_messages(const RunResult& run) const {
    const std::vector<std::string> got = run.of(receiver).all("message");
    const auto pieces = memory::pieces(payload, sizes);
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (i == pieces.size()) return "More messages arrived than were sent.";
      const std::string differs = difference(pieces[i], as_bytes(got[i]));
      if (!differs.empty()) return "Of message number " + std::to_string(i + 1) + ": " + differs;
    }
    return "";
  }
};

[[maybe_unused]] inline Talk talk_of(Random& random, std::vector<std::size_t> sizes) {
  std::size_t sum = 0;
  for (const std::size_t size : sizes) sum += size;
  return {memory::place(random, 2048), std::move(sizes), random.bytes(sum)};
}

}  // namespace

CHECK(Channel, LosesNoWakeupInAnySchedule, part('C'), synchronisation, points(7),
      "nobody sleeps while there is something to do, whichever process is faster") {
  const auto place = memory::place(random, 2 * 2048);
  const Bytes question = random.bytes(random.between(1, 60));
  const auto conversation = [&] {
    judge::Channel made_there, made_back;
    return Scenario()
        .with(place.told(Cast(asker)
                             .give("made", std::move(made_there.write_end))
                             .give("is made", std::move(made_back.read_end))
                             .payload(question),
                         1))
        .with(place.told(Cast(answerer)
                             .give("made", std::move(made_back.write_end))
                             .give("is made", std::move(made_there.read_end)),
                         9))
        .about("The lost wakeup");
  };
  explore({.count = 400}, conversation, [&](const RunResult& run) -> std::string {
    const Bytes* answer = run.of(asker).reported("answer");
    if (answer == nullptr) return "A question was sent, and its answer, and receive() gave none.";
    const std::string differs = difference(Bytes(question.rbegin(), question.rend()), *answer);
    return differs.empty() ? wrong_sleep(run) : differs;
  });
  struct Case {
    Talk talk;
    std::uint64_t schedules;
  };
  // Two that fit; one that is longer than the memory, so that the sender has to wait for room; and
  // a short one between two long ones, so that it may be the room of the short one that is missing.
  for (const auto& [talk, schedules] :
       {Case{talk_of(random, {random.between(1, 60), random.between(1, 60)}), 600},
        Case{talk_of(random, {2048 + random.between(1, 300), 8}), 500},
        Case{talk_of(random, {random.between(790, 800), random.between(20, 60), 800}), 150}}) {
    const auto wrong = [&, &talk = talk](const RunResult& run) -> std::string {
      std::string text = talk.wrong_messages(run);
      if (!text.empty()) return text;
      if (run.of(receiver).all("message").size() != talk.sizes.size()) {
        return std::to_string(talk.sizes.size()) + " messages were sent, and " +
               std::to_string(run.of(receiver).all("message").size()) + " received.";
      }
      if (run.of(receiver).last("end") != "closed" || run.of(sender).last("end") != "closed") {
        return "Both processes live, and the channel came to the end: " +
               run.of(sender).last("end") + " at the sender, " + run.of(receiver).last("end") +
               " at the receiver.";
      }
      return wrong_sleep(run);
    };
    explore(
        {.count = schedules}, [&, &talk = talk] { return talk.scenario(); }, wrong);
  }
}

CHECK(Channel, NoticesThatTheSenderDied, part('C'), faults, points(5),
      "whenever the sender is killed, the receiver gets what was sent, and is told") {
  const Talk talk = talk_of(random, {random.between(1, 60), random.between(1, 60)});
  const auto wrong = [&](const RunResult& run) -> std::string {
    std::string text = talk.wrong_messages(run);
    if (!text.empty()) return text;
    const std::size_t sent = run.of(sender).all("sent").size();
    const std::size_t got = run.of(receiver).all("message").size();
    if (got < sent) {
      return std::to_string(sent) + " messages were sent before the sender was killed, and " +
             std::to_string(got) + " received.";
    }
    const bool closed = run.of(sender).last("end") == "closed";
    const std::string end = run.of(receiver).last("end");
    if (closed ? end != "closed" : end == "nothing") {
      return std::string("The sender ") + (closed ? "had closed" : "was killed before it closed") +
             ", and the receiver came to the end: " + end + ".";
    }
    return "";
  };
  explore(
      {.count = 400, .killed = sender}, [&] { return talk.scenario(); }, wrong);
}

CHECK(Channel, NoticesThatTheReceiverDied, part('C'), faults, points(4),
      "a sender that waits for room does not wait for a dead receiver") {
  const Talk talk = talk_of(random, {5000 + random.between(0, 500)});
  const auto wrong = [&](const RunResult& run) -> std::string {
    const bool was_killed = run.of(receiver).how.empty();
    const std::string end = run.of(sender).last("end");
    if (end == "closed" || (was_killed && (end == "PeerDied" || end == "nobody"))) {
      return talk.wrong_messages(run);
    }
    return std::string("The receiver ") + (was_killed ? "was killed" : "lives") +
           ", and the sender came to the end: " + end + ".";
  };
  explore(
      {.count = 100, .killed = receiver}, [&] { return talk.scenario(true); }, wrong);
}

// Part D: a bulletin -----------------------------------------------------------------------------

ROLE(writer) {
  const auto size = static_cast<std::size_t>(me.number("size"));
  lab::BulletinWriter bulletin(me.text("path"), size);
  for (std::size_t i = 0; i < me.payload().size() / size; ++i) {
    // Readers come when there is nothing yet, or when the first state is up.
    if (static_cast<std::int64_t>(i) == me.number("readers after")) say(me.fd("made"));
    bulletin.put_up(part_of(me.payload(), i, size));
    me.report("put up", "");
  }
}

ROLE(reader) {
  if (!is_told(me.fd("made"))) return;
  const lab::BulletinReader bulletin(me.text("path"));
  std::vector<std::byte> state(bulletin.size());
  for (std::int64_t i = me.number("looks"); i > 0; --i) {
    const std::uint64_t count = bulletin.look(state);
    me.report("count", static_cast<std::int64_t>(count));
    me.report("state", state);
  }
}

// A reader that comes when the writer has gone, and another writer.
ROLE(successor) {
  if (!is_told(me.fd("made"))) return;
  while (is_told(me.fd("made"))) {
  }
  const lab::BulletinReader bulletin(me.text("path"));
  std::vector<std::byte> state(bulletin.size());
  me.report("count", static_cast<std::int64_t>(bulletin.look(state)));
  me.report("state", state);
  lab::BulletinWriter next(me.text("path"), bulletin.size());
  next.put_up(me.payload());
  me.report("count", static_cast<std::int64_t>(bulletin.look(state)));
  me.report("state", state);
}

namespace {

// What is wrong with what a reader saw.
[[maybe_unused]] inline std::string wrong_states(const RoleResult& seen,
                                                 const std::vector<Bytes>& states) {
  const std::vector<std::string> counts = seen.all("count"), got = seen.all("state");
  std::size_t before = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::size_t count = memory::number_in(counts[i]);
    if (count < before) {
      return "A reader saw state number " + std::to_string(before) + ", and then number " +
             std::to_string(count) + ": an older one.";
    }
    before = count;
    if (count == 0) continue;
    const std::string state = i < got.size() ? got[i] : "";
    const std::string differs = count > states.size()
                                    ? "There is no state of that number."
                                    : difference(states[count - 1], as_bytes(state));
    if (!differs.empty()) {
      return "A reader was given state number " + std::to_string(count) +
             ", and it is not what was put up. " + differs;
    }
  }
  return "";
}

[[maybe_unused]] inline Bytes all_of(const std::vector<Bytes>& states) {
  Bytes all;
  for (const Bytes& state : states) all.insert(all.end(), state.begin(), state.end());
  return all;
}

}  // namespace

CHECK(Bulletin, IsNeverTorn, part('D'), synchronisation, points(5),
      "a reader gets one state, whole, while the writer puts up others") {
  const std::string path = scratch() + "/" + random.word(8);
  constexpr std::size_t size = 16;
  const std::vector<Bytes> states{random.bytes(size), random.bytes(size), random.bytes(size)};
  struct Case {
    std::int64_t readers_after, looks;
    std::uint64_t schedules;
  };
  for (const Case& one : {Case{1, 1, 1500}, Case{0, 2, 200}}) {
    const auto scenario = [&] {
      judge::Channel made;
      return Scenario()
          .with(Cast(writer)
                    .give("path", path)
                    .give("size", static_cast<std::int64_t>(size))
                    .give("readers after", one.readers_after)
                    .give("made", std::move(made.write_end))
                    .payload(all_of(states)))
          .with(Cast(reader)
                    .give("path", path)
                    .give("looks", one.looks)
                    .give("made", std::move(made.read_end)))
          .about("Two places");
    };
    explore({.count = one.schedules}, scenario,
            [&](const RunResult& run) { return wrong_states(run.of(reader), states); });
  }
}

CHECK(Bulletin, SurvivesItsWriter, part('D'), faults, points(4),
      "whenever the writer is killed, what was up stays up, and the next writer goes on") {
  const std::string path = scratch() + "/" + random.word(8);
  constexpr std::size_t size = 16;
  const std::vector<Bytes> states{random.bytes(size), random.bytes(size)};
  const Bytes last = random.bytes(size);
  const auto scenario = [&] {
    judge::Channel made;
    return Scenario()
        .with(Cast(writer)
                  .give("path", path)
                  .give("size", static_cast<std::int64_t>(size))
                  .give("readers after", std::int64_t{0})
                  .give("made", std::move(made.write_end))
                  .payload(all_of(states)))
        .with(
            Cast(successor).give("path", path).give("made", std::move(made.read_end)).payload(last))
        .about("What survives");
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    const RoleResult& seen = run.of(successor);
    const std::vector<std::string> counts = seen.all("count");
    if (counts.size() != 2) return "";  // killed before there was anything to survive
    const std::size_t put_up = run.of(writer).all("put up").size();
    const std::size_t found = memory::number_in(counts[0]);
    if (found < put_up || found > states.size()) {
      return std::to_string(put_up) +
             " states had been put up when the writer was killed, and a reader that came "
             "afterwards "
             "was given number " +
             counts[0] + ".";
    }
    std::vector<Bytes> all(states.begin(), states.begin() + static_cast<std::ptrdiff_t>(found));
    all.push_back(last);
    if (memory::number_in(counts[1]) != found + 1) {
      return "State number " + counts[0] +
             " was up, a new writer put up the next, and a reader was "
             "given number " +
             counts[1] + ".";
    }
    return wrong_states(seen, all);
  };
  explore({.count = 150, .killed = writer}, scenario, wrong);
}
