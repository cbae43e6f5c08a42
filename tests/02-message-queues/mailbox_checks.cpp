#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "queues.h"

using namespace judge;
using namespace queues;
using std::chrono::milliseconds;

// Part A -----------------------------------------------------------------------------------------

// Makes a mailbox and sends its parcels; the mailbox goes, and the queue stays.
ROLE(sender) {
  me.wait_for_judge();
  auto mailbox =
      lab::Mailbox::create(me.text("queue"), static_cast<std::size_t>(me.number("max_messages")),
                           static_cast<std::size_t>(me.number("max_size")));
  for (const Parcel& parcel : decode(me.payload())) mailbox.send(parcel.bytes, parcel.priority);
}

// Takes out what is in there, without the student's code.
ROLE(collector) {
  me.wait_for_judge();
  const Raw queue(me.text("queue"));
  if (!queue.is_there()) return;
  for (const Parcel& parcel : queue.drain()) me.report("came", encode({parcel}));
  me.report("done", "");
}

// The same the other way round.
ROLE(poster) {
  me.wait_for_judge();
  const Raw queue(me.text("queue"), static_cast<std::size_t>(me.number("max_messages")),
                  static_cast<std::size_t>(me.number("max_size")));
  for (const Parcel& parcel : decode(me.payload())) queue.send(parcel.bytes, parcel.priority);
}

ROLE(receiver) {
  me.wait_for_judge();
  auto mailbox = lab::Mailbox::open(me.text("queue"));
  for (std::int64_t left = me.number("count"); left > 0; --left) {
    const lab::Message message = mailbox.receive();
    me.report("came", encode({{message.bytes, message.priority}}));
  }
}

// Makes a queue, or opens one that was made without the student's code, and says what it is.
ROLE(maker) {
  ::umask(0);
  const std::string& name = me.text("queue");
  const auto max_messages = static_cast<std::size_t>(me.number("max_messages"));
  const auto max_size = static_cast<std::size_t>(me.number("max_size"));
  const auto others = static_cast<std::size_t>(me.number("others"));
  const auto tell = [&](const char* tag, const lab::Mailbox& mailbox) {
    me.report(tag, std::to_string(mailbox.max_messages()) + " " +
                       std::to_string(mailbox.max_size()) + " " +
                       std::to_string(mailbox.waiting()));
  };
  {
    const auto mailbox = lab::Mailbox::create(name, max_messages, max_size);
    const Raw queue(name);
    if (queue.is_there()) {
      const mq_attr attributes = queue.attributes();
      me.report("made",
                std::to_string(attributes.mq_maxmsg) + " " + std::to_string(attributes.mq_msgsize));
      me.report("mode", static_cast<std::int64_t>(queue.mode()));
    } else {
      me.report("error", ::strerrorname_np(queue.error()));
    }
    tell("says", mailbox);
    queue.send({}, 0);
    tell("says", mailbox);
  }
  const Raw queue(name + "-", max_messages + 1, max_size + others);
  for (std::size_t i = 0; i < max_messages; ++i) queue.send({}, 0);
  tell("says", lab::Mailbox::open(name + "-"));
}

// What is there, and what is not, and what becomes of it.
ROLE(visitor) {
  const std::string& name = me.text("queue");
  const auto max_size = static_cast<std::size_t>(me.number("max_size"));
  const auto says = [&](const char* what, auto body) { me.report(what, outcome(body)); };
  const auto there = [&](const char* what) {
    const Raw queue(name);
    me.report(what, !queue.is_there() ? "none"
                                      : std::to_string(queue.attributes().mq_maxmsg) + " " +
                                            std::to_string(queue.attributes().mq_curmsgs));
  };
  says("open of nothing", [&] { lab::Mailbox::open(name); });
  there("after open");
  const Raw old(name, 3, max_size);
  old.send(me.payload(), 1);
  says("create on top", [&] { lab::Mailbox::create(name, 2, max_size); });
  there("after create");
  auto mailbox = lab::Mailbox::open(name);
  me.report("removed", lab::Mailbox::remove(name) ? "true" : "false");
  there("after remove");
  me.report("removed again", lab::Mailbox::remove(name) ? "true" : "false");
  // Without a name it still is what it was.
  if (mailbox.waiting() > 0) me.report("came", encode({{mailbox.receive().bytes, 0}}));
}

// A queue that a crash has left, and one that takes its place.
ROLE(heir) {
  const std::string& name = me.text("queue");
  const auto size = static_cast<std::size_t>(me.number("max_size"));
  const Raw old(name, 3, size);
  old.send(me.payload(), 9);
  {
    auto mailbox = lab::Mailbox::replace(name, 2, 2 * size);
    // Who has not noticed goes on sending into the old one.
    old.send(me.payload(), 5);
    const Raw queue(name);
    me.report("made", std::to_string(mailbox.max_messages()) + " " +
                          std::to_string(mailbox.max_size()) + " " +
                          std::to_string(mailbox.waiting()));
    const bool there = queue.is_there();
    const mq_attr attributes = queue.attributes();
    me.report("there", there ? std::to_string(attributes.mq_maxmsg) + " " +
                                   std::to_string(attributes.mq_msgsize) + " " +
                                   std::to_string(attributes.mq_curmsgs)
                             : "none");
    me.report("old", static_cast<std::int64_t>(old.attributes().mq_curmsgs));
  }
  lab::Mailbox::remove(name);
  lab::Mailbox::replace(name, 1, size);
  me.report("from nothing", Raw(name).is_there() ? "a queue" : "none");
}

// Asks for what there cannot be.
ROLE(dreamer) {
  const std::string& what = me.text("what");
  const std::string& name = me.text("queue");
  const auto messages = static_cast<std::size_t>(me.number("max_messages"));
  const auto size = static_cast<std::size_t>(me.number("max_size"));
  if (what == "create") {
    me.report("said", outcome([&] { lab::Mailbox::create(name, messages, size); }));
  } else if (what == "open") {
    me.report("said", outcome([&] { lab::Mailbox::open(name); }));
  } else if (what == "replace") {
    me.report("said", outcome([&] { lab::Mailbox::replace(name, messages, size); }));
  } else {
    auto mailbox = lab::Mailbox::create(name, messages, size);
    const auto priority = static_cast<unsigned>(me.number("priority"));
    me.report("said", outcome([&] {
                if (what == "send") mailbox.send(me.payload(), priority);
                if (what == "send_for") mailbox.send_for(me.payload(), priority, milliseconds{5});
              }));
    me.report("waiting", static_cast<std::int64_t>(mailbox.waiting()));
  }
}

// Waits for a message, or for room, until somebody brings it about.
ROLE(sleeper) {
  struct sigaction action {};
  action.sa_handler = [](int) {};  // without SA_RESTART
  ::sigaction(SIGUSR1, &action, nullptr);
  auto mailbox = lab::Mailbox::create(me.text("queue"), 1, 16);
  if (me.text("for") == "a message") {
    me.report("came", encode({{mailbox.receive().bytes, 0}}));
  } else {
    mailbox.send({});
    mailbox.send(me.payload());
  }
}

// Brings it about.
ROLE(waker) {
  me.wait_for_judge();
  const Raw queue(me.text("queue"));
  if (!queue.is_there()) return;
  if (me.text("sleeper") == "a message") {
    queue.send(me.payload(), 0);
  } else {
    queue.take();
    me.report("came", encode({queue.take()}));
  }
}

// Uses everything that waits, by itself, so that the calls are made in the same order each time.
ROLE(loner) {
  auto mailbox = lab::Mailbox::create(me.text("queue"), 4, 64);
  const auto tell = [&](const lab::Message& message) {
    me.report("came", encode({{message.bytes, message.priority}}));
  };
  const auto all = decode(me.payload());
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
    mailbox.send(all[i].bytes, all[i].priority);
    me.report("sent", mailbox.send_for(all[i + 1].bytes, all[i + 1].priority, milliseconds{900})
                          ? "true"
                          : "false");
    tell(mailbox.receive());
    if (auto message = mailbox.receive_for(milliseconds{900})) tell(*message);
  }
}

// Opens a lot, and throws a lot, and keeps nothing.
ROLE(tidy) {
  const std::string& name = me.text("queue");
  const auto ignore = [](auto body) { (void)outcome(body); };
  {
    auto first = lab::Mailbox::create(name, 2, 32);
    ignore([&] { lab::Mailbox::create(name, 2, 32); });
    ignore([&] { lab::Mailbox::create(name + "-", 100'000, 32); });
    ignore([&] { lab::Mailbox::open(name + "--"); });
    auto second = lab::Mailbox::open(name);
    auto third = std::move(second);
    second = lab::Mailbox::open(name);
    first.send(me.payload());
    me.report("came", third.receive().bytes);
    ignore([&] { third.send(Bytes(33)); });
    me.report("late", third.receive_for(milliseconds{0}) ? "true" : "false");
    second = lab::Mailbox::replace(name, 1, 16);
  }
  lab::Mailbox::remove(name);
}

namespace {

[[maybe_unused]] std::vector<Parcel> some(Random& random, std::size_t count, std::size_t max_size) {
  std::vector<Parcel> parcels{{random.bytes(max_size), 0}, {{}, 0}, {random.bytes(1), 0}};
  while (parcels.size() < count) parcels.push_back({random.bytes(random.between(2, max_size)), 0});
  for (std::size_t i = parcels.size(); i > 1; --i) {
    std::swap(parcels[i - 1], parcels[random.between(0, i - 1)]);
  }
  return parcels;
}

}  // namespace

CHECK(Mailbox, KeepsEachMessageWhole, part('A'), behaviour, points(3),
      "what is sent as one message is received as one, byte for byte") {
  for (const bool sending : {true, false}) {
    const std::string name = queue_name();
    const std::size_t count = random.between(5, 8), max_size = random.between(200, 900);
    const std::vector<Parcel> sent = some(random, count, max_size);
    const auto limits = [&](Cast cast) {
      return std::move(cast)
          .give("queue", name)
          .give("max_messages", static_cast<std::int64_t>(count))
          .give("max_size", static_cast<std::int64_t>(max_size))
          .give("count", static_cast<std::int64_t>(count));
    };
    const Role from = sending ? sender : poster, to = sending ? collector : receiver;
    const RunResult run = explore(step_by_step(Scenario()
                                                   .about("Messages")
                                                   .with(limits(Cast(from).payload(encode(sent))))
                                                   .with(limits(Cast(to))),
                                               {from, to}));
    const std::string text = difference(sent, parcels(run.of(to), "came"));
    if (text.empty()) continue;
    fail(Finding::wrong_result,
         (sending ? "`send` put " + std::to_string(count) + " messages into a queue of " +
                        std::to_string(count) + ". "
                  : std::to_string(count) + " messages waited in a queue for messages of up to " +
                        std::to_string(max_size) + " bytes, for `receive`. ") +
             text,
         "Messages");
  }
}

CHECK(Mailbox, DeliversTheMostUrgentFirst, part('A'), behaviour, points(3),
      "priorities arrive, the highest first, and equals in their order") {
  for (const bool sending : {true, false}) {
    const std::string name = queue_name();
    const unsigned common = static_cast<unsigned>(random.between(1, 32'766));
    std::vector<Parcel> sent;
    for (int i = 0; i < 8; ++i) {
      sent.push_back({random.bytes(random.between(4, 30)),
                      i % 2 == 0 ? common : static_cast<unsigned>(random.between(0, 32'767))});
    }
    const auto limits = [&](Cast cast) {
      return std::move(cast)
          .give("queue", name)
          .give("max_messages", 8)
          .give("max_size", 30)
          .give("count", 8);
    };
    const Role from = sending ? sender : poster, to = sending ? collector : receiver;
    const RunResult run = explore(step_by_step(Scenario()
                                                   .about("Messages")
                                                   .with(limits(Cast(from).payload(encode(sent))))
                                                   .with(limits(Cast(to))),
                                               {from, to}));
    const auto came = parcels(run.of(to), "came");
    std::string text = difference(most_urgent_first(sent), came);
    if (text.empty()) continue;
    // In which order they came says more than which bytes stand in the first.
    std::string given, out;
    std::size_t known = 0;
    for (const Parcel& parcel : sent) given += " " + std::to_string(parcel.priority);
    for (const Parcel& parcel : came) {
      const auto is_same = [&](const Parcel& other) { return other.bytes == parcel.bytes; };
      const auto at = std::find_if(sent.begin(), sent.end(), is_same);
      if (at == sent.end()) break;
      out += " " + std::to_string(at->priority);
      ++known;
    }
    std::string right;
    for (const Parcel& parcel : most_urgent_first(sent)) {
      right += " " + std::to_string(parcel.priority);
    }
    if (known == sent.size() && out != right) text = "They came in this order:" + out + ".";
    fail(Finding::wrong_result,
         "Messages with the priorities" + given + (sending ? " were given to `send`" : " waited") +
             ". The highest number comes first, and of equal ones the one that was sent first. " +
             text,
         "Messages");
  }
}

CHECK(Mailbox, MakesTheQueueItWasAskedFor, part('A'), mechanism, points(3),
      "create makes a private POSIX queue with the limits it was given") {
  const std::string name = queue_name();
  const std::size_t max_messages = random.between(2, 7), max_size = random.between(20, 2000);
  const std::size_t others = random.between(1, 1000);
  const RunResult run =
      explore(Scenario()
                  .about("A queue and its name")
                  .with(Cast(maker)
                            .give("queue", name)
                            .give("max_messages", static_cast<std::int64_t>(max_messages))
                            .give("max_size", static_cast<std::int64_t>(max_size))
                            .give("others", static_cast<std::int64_t>(others))));
  const auto limits = [](std::size_t messages, std::size_t size) {
    return std::to_string(messages) + " messages of at most " + std::to_string(size) + " bytes";
  };
  const auto numbers = [](std::size_t a, std::size_t b) {
    return std::to_string(a) + " " + std::to_string(b);
  };
  const RoleResult& role = run.only();
  if (role.last("error") == "EACCES") {
    fail(Finding::wrong_result,
         "create made a queue that its own user may not open: mq_open(3) says EACCES. Its mode is "
         "to be 0600.",
         "A queue and its name");
  }
  if (role.reported("made") == nullptr) {
    fail(Finding::wrong_mechanism,
         "create returned, and there is no POSIX message queue of that name: mq_open(3) does not "
         "find it.",
         "A queue and its name");
  }
  if (role.last("made") != numbers(max_messages, max_size)) {
    fail(Finding::wrong_result,
         "create was asked for " + limits(max_messages, max_size) +
             "; mq_getattr(3) says of the queue that it made (mq_maxmsg and mq_msgsize): " +
             role.last("made") + ".",
         "A queue and its name");
  }
  if (role.last("mode") != std::to_string(0600)) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o",
                  static_cast<unsigned>(std::atoi(role.last("mode").c_str())) & 0777U);
    fail(Finding::wrong_result,
         std::string("create made a queue with mode ") + mode +
             ". It is to be for its owner alone: 0600. (The umask was 0.)",
         "A queue and its name");
  }
  const std::vector<std::string> expected{
      numbers(max_messages, max_size) + " 0", numbers(max_messages, max_size) + " 1",
      numbers(max_messages + 1, max_size + others) + " " + std::to_string(max_messages)};
  const auto said = role.all("says");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i < said.size() && said[i] == expected[i]) continue;
    fail(Finding::wrong_result,
         std::string("Of a queue that ") +
             (i < 2 ? "it has made" : "somebody else has made and it has opened") +
             ", a Mailbox has to give max_messages, max_size and waiting as " + expected[i] +
             ". It gives " + (i < said.size() ? said[i] : "nothing") + ".",
         "A queue and its name");
  }
}

CHECK(Mailbox, TellsWhatIsThereFromWhatIsNot, part('A'), behaviour, points(4),
      "create takes over nothing, open makes nothing, remove takes names") {
  const Bytes message = random.bytes(random.between(3, 20));
  const RunResult run = explore(
      Scenario()
          .about("A queue and its name")
          .with(Cast(visitor).payload(message).give("queue", queue_name()).give("max_size", 20)));
  struct Line {
    const char* tag;
    const char* expected;
    const char* text;
  };
  const RoleResult& role = run.only();
  for (const Line& line :
       {Line{"open of nothing", "ipc::SystemError with ENOENT",
             "There was no queue of that name. open has to throw ipc::SystemError with ENOENT, and "
             "it came to "},
        {"after open", "none",
         "open found no queue, and must make none; afterwards there is one, with (places, "
         "messages): "},
        {"create on top", "ipc::SystemError with EEXIST",
         "There was a queue of that name. create has to throw ipc::SystemError with EEXIST, and it "
         "came to "},
        {"after create", "3 1",
         "create found a queue with 3 places and 1 message, which is not its own and must stay as "
         "it is; afterwards there is (places, messages): "},
        {"removed", "true",
         "remove took the name of a queue away: it has to return true, and "
         "returned "},
        {"after remove", "none",
         "After remove, mq_open(3) must not find the queue; it found one with (places, "
         "messages): "},
        {"removed again", "false",
         "The name was gone already: remove has to return false, and returned "}}) {
    if (role.last(line.tag) == line.expected) continue;
    const std::string last = role.last(line.tag);
    fail(Finding::wrong_result, line.text + (last == "ok" ? "a Mailbox" : last) + ".",
         "A queue and its name");
  }
  const std::string text = difference({{message, 0}}, parcels(role, "came"));
  if (!text.empty()) {
    fail(Finding::wrong_result,
         "A queue without a name is still a queue for whoever has it open, with the messages that "
         "are in it. " +
             text,
         "A queue and its name");
  }
}

CHECK(Mailbox, ReplacesWhatACrashLeft, part('A'), behaviour, points(3),
      "replace puts a new queue in the place of an old one") {
  const std::size_t size = random.between(10, 60);
  const RunResult run = explore(Scenario()
                                    .about("A queue that a crash has left")
                                    .with(Cast(heir)
                                              .payload(random.bytes(random.between(1, 10)))
                                              .give("queue", queue_name())
                                              .give("max_size", static_cast<std::int64_t>(size))));
  const RoleResult& role = run.only();
  const std::string expected = "2 " + std::to_string(2 * size) + " 0";
  for (const char* tag : {"made", "there"}) {
    if (role.last(tag) == expected) continue;
    fail(Finding::wrong_result,
         "There was a queue with 3 places for " + std::to_string(size) +
             " bytes each, and with a message. replace was asked for one with 2 places for " +
             std::to_string(2 * size) +
             ". The old one got one message more from somebody who still has it open. " +
             (tag == std::string("made") ? "The Mailbox" : "The queue of that name") +
             " has (places, bytes, messages) " + role.last(tag) + ", and should have " + expected +
             ".",
         "A queue that a crash has left");
  }
  if (role.last("old") != "2") {
    fail(Finding::wrong_result,
         "The old queue is still open somewhere else, with 2 messages in it. It now has " +
             role.last("old") +
             ": it is the name that is to be replaced, not what is in the queue.",
         "A queue that a crash has left");
  }
  if (role.last("from nothing") != "a queue") {
    fail(
        Finding::wrong_result,
        "Where there was no queue of that name, replace has to make one all the same, and did not.",
        "A queue that a crash has left");
  }
}

CHECK(Mailbox, RefusesWhatDoesNotFit, part('A'), faults, points(3),
      "names, limits and messages that cannot be are refused clearly") {
  struct Wish {
    std::string what, name;
    std::size_t messages, size;
    std::size_t sent;
    unsigned priority;
    std::string expected, text;
  };
  const std::string name = queue_name(), word = random.word(6);
  const std::size_t size = random.between(10, 60);
  const auto long_one = size + random.between(1, 200);
  const std::vector<Wish> wishes{
      {"create", word, 2, size, 0, 0, "std::invalid_argument", "A name without a slash"},
      {"open", word, 2, size, 0, 0, "std::invalid_argument", "A name without a slash"},
      {"replace", word, 2, size, 0, 0, "std::invalid_argument", "A name without a slash"},
      {"create", name + "/" + word, 2, size, 0, 0, "std::invalid_argument",
       "A name with a second slash"},
      {"create", "/", 2, size, 0, 0, "std::invalid_argument", "The name \"/\""},
      {"open", "", 2, size, 0, 0, "std::invalid_argument", "An empty name"},
      {"create", name, 0, size, 0, 0, "std::invalid_argument", "A queue for 0 messages"},
      {"create", name, 2, 0, 0, 0, "std::invalid_argument", "A queue for messages of 0 bytes"},
      // More than even a privileged process may have.
      {"create", name, random.between(70'000, 90'000), size, 0, 0, "LimitExceeded (msg_max)",
       "A queue for so many messages"},
      {"create", name, 2, (std::size_t{16} << 20) + random.between(1, 1000), 0, 0,
       "LimitExceeded (msgsize_max)", "A queue for such long messages"},
      {"replace", name, random.between(70'000, 90'000), size, 0, 0, "LimitExceeded (msg_max)",
       "A queue for so many messages"},
      {"send", name, 2, size, long_one, 0, "std::length_error", "A message that is too long"},
      {"send", name, 2, size, size + 1, 0, "std::length_error",
       "A message that is too long by one byte"},
      {"send_for", name, 2, size, long_one, 0, "std::length_error", "A message that is too long"},
      {"send", name, 2, size, size, 0, "ok", "A message of just max_size bytes"},
      {"send", name, 2, size, 1, 32'768, "ipc::SystemError with EINVAL", "A priority above 32767"}};
  for (const Wish& wish : wishes) {
    const RunResult run = explore(Scenario().about("Limits").with(
        Cast(dreamer)
            .payload(random.bytes(wish.sent))
            .give("what", wish.what)
            .give("queue", wish.name)
            .give("max_messages", static_cast<std::int64_t>(wish.messages))
            .give("max_size", static_cast<std::int64_t>(wish.size))
            .give("priority", wish.priority)));
    const RoleResult& role = run.only();
    if (role.last("said") != wish.expected) {
      const bool fits = wish.expected == "ok";
      fail(Finding::unhandled_fault,
           wish.text + ": " + wish.what +
               (fits ? " has to send it" : " has to throw " + wish.expected) + ", and " +
               (role.last("said") == "ok" ? "returned" : "came to " + role.last("said")) +
               ". (The arguments: " +
               (wish.sent > 0 ? std::to_string(wish.sent) + " bytes with priority " +
                                    std::to_string(wish.priority) + " into a queue for " +
                                    std::to_string(wish.size)
                              : "\"" + wish.name + "\", " + std::to_string(wish.messages) + ", " +
                                    std::to_string(wish.size)) +
               ".)",
           "Limits");
    }
    const std::string waiting = wish.expected == "ok" ? "1" : "0";
    if (wish.sent > 0 && role.last("waiting") != waiting) {
      fail(Finding::unhandled_fault,
           wish.text + " was refused, and still there is something in the queue: " +
               role.last("waiting") + " messages.",
           "Limits");
    }
  }
}

CHECK(Mailbox, SurvivesSignals, part('A'), faults, points(3),
      "a call that a signal interrupts is made again") {
  std::vector<Parcel> sent;
  for (int i = 0; i < 4; ++i) {
    sent.push_back({random.bytes(random.between(4, 60)), static_cast<unsigned>(7 - i)});
  }
  for_every_call(
      [&](std::uint32_t n) {
        return Scenario().with(Cast(loner)
                                   .payload(encode(sent))
                                   .give("queue", queue_name())
                                   .fault({subject::call_queue, n, 1, EINTR, 0}));
      },
      [&](const RunResult& run, std::uint32_t) {
        const RoleResult& role = run.only();
        const std::string when =
            role.faults.empty() ? "Without any signal: " : "When " + role.faults + ": ";
        if (role.all("sent") != std::vector<std::string>(2, "true")) {
          fail(Finding::unhandled_fault,
               when + "send_for returned false, as if the queue had been full for 900 ms.",
               "Interrupted calls");
        }
        const std::string text = difference(sent, parcels(role, "came"));
        if (!text.empty()) fail(Finding::unhandled_fault, when + text, "Interrupted calls");
      });
}

CHECK(Mailbox, SleepsWhileItWaits, part('A'), synchronisation, points(2),
      "who waits for a message or for room sleeps, and a signal changes nothing") {
  for (const char* what : {"a message", "room"}) {
    const std::string name = queue_name();
    const Bytes message = random.bytes(random.between(1, 16));
    const bool receives = what == std::string("a message");
    int quiet = 0;
    const RunResult run = explore(Scenario()
                                      .about("Messages")
                                      .with(Cast(sleeper)
                                                .payload(receives ? Bytes{} : message)
                                                .give("queue", name)
                                                .give("for", std::string(what)))
                                      .with(Cast(waker)
                                                .payload(receives ? message : Bytes{})
                                                .give("queue", name)
                                                .give("sleeper", std::string(what)))
                                      .when_quiet([&](Observer& seen) {
                                        if (++quiet > 2) return false;
                                        if (quiet == 1) {
                                          if (!seen.finished(sleeper))
                                            seen.signal(sleeper, SIGUSR1);
                                        } else {
                                          seen.let_go(waker);
                                        }
                                        return true;
                                      }));
    const RoleResult& role = run.of(receives ? sleeper : waker);
    const std::string text = difference({{message, 0}}, parcels(role, "came"));
    if (text.empty()) continue;
    fail(Finding::wrong_result,
         std::string(receives ? "receive waited for a message" : "send waited for room") +
             ", a signal handler ran, and then another process " +
             (receives ? "sent one. " : "took two messages out. ") + text,
         "Interrupted calls");
  }
}

CHECK(Mailbox, ThrowsOnErrors, part('A'), faults, points(2),
      "what else goes wrong is thrown, with its errno") {
  const auto sent = encode({{random.bytes(5), 2}, {random.bytes(6), 1}});
  for (const auto& [family, error, most] :
       {std::tuple{subject::call_queue, EBADF, 4}, {subject::call_queue_open, EMFILE, 1}}) {
    for (int n = 1; n <= most; ++n) {
      const RunResult run =
          explore(Scenario()
                      .with(Cast(loner)
                                .payload(sent)
                                .give("queue", queue_name())
                                .fault({family, static_cast<std::uint32_t>(n), 1, error, 0}))
                      .may_throw());
      const RoleResult& role = run.only();
      if (role.faults.empty()) {
        fail(Finding::wrong_mechanism,
             "A message was sent and received, and there was no call of mq_open(3), mq_send(3) or "
             "mq_receive(3) that could fail.",
             "A queue and its name");
      }
      if (role.error() == error) continue;
      fail(Finding::unhandled_fault,
           "When " + role.faults + ", it has to throw ipc::SystemError with " +
               ::strerrorname_np(error) + ". It " +
               (role.how == "returned" ? "went on as if nothing had been" : "threw " + role.what) +
               ".",
           "Limits");
    }
  }
}

CHECK(Mailbox, LeavesNothingOpen, part('A'), hygiene, points(2),
      "a Mailbox that has gone has closed its queue, and errors leave none") {
  const Bytes message = random.bytes(random.between(1, 30));
  const RunResult run = explore(Scenario()
                                    .about("Leaving no trace")
                                    .with(Cast(tidy).payload(message).give("queue", queue_name())));
  const RoleResult& role = run.only();
  if (!role.leaks.empty()) {
    fail(Finding::leak,
         "All the mailboxes have gone, and " + std::to_string(role.leaks.size()) +
             (role.leaks.size() == 1 ? " descriptor is" : " descriptors are") +
             " still open: number " + std::to_string(role.leaks.front().fd) + " is the queue " +
             role.leaks.front().object + ".",
         "Leaving no trace");
  }
  if (!run.litter.empty()) {
    fail(Finding::leak,
         "remove was called, and still there is " + run.litter.front() +
             ". A queue stays until somebody removes its name, or the machine is switched off.",
         "Leaving no trace");
  }
  expect_work(judge::difference(message, as_bytes(role.last("came"))));
}
