// The checks that run the build with AddressSanitizer and UndefinedBehaviorSanitizer, and their
// roles: no other file's are in that build. They stand last, because it takes longest to compile:
// the others run meanwhile. How well the work is done is the business of those others. But who does
// none of it touches no memory either, and that is no merit: the work has to be done here, too.

#include <chrono>

#include "boards.h"

using namespace judge;
using namespace boards;

ROLE(uses_mailboxes) {
  auto mailbox = lab::Mailbox::create(me.text("queue"), 2, 40);
  std::size_t size = 0;
  for (Parcel& parcel : queues::decode(me.payload())) {
    // Of nothing, too, there is an address: a vector without elements has none to offer.
    parcel.bytes.reserve(1);
    mailbox.send(parcel.bytes, parcel.priority);
    const std::chrono::milliseconds patience{500};
    const auto message = size++ % 2 == 0 ? mailbox.receive() : mailbox.receive_for(patience);
    if (message) me.report("came", queues::encode({{message->bytes, message->priority}}));
  }
}

ROLE(posts_jobs) { follow_script(me); }

ROLE(does_jobs) {
  wait_for_start(me);
  do_jobs(me);
}

CHECK(Mailbox, TouchesOnlyItsMemory, part('A'), hygiene, points(2),
      "send and receive stay inside their buffers") {
  std::vector<Parcel> sent;
  for (std::size_t size = 0; size <= 40; ++size) sent.push_back({random.bytes(size), 3});
  const RunResult run = explore(
      Scenario()
          .with(Cast(uses_mailboxes).payload(queues::encode(sent)).give("queue", queue_name()))
          .on(Build::sanitized));
  expect_work(queues::difference(sent, queues::parcels(run.only(), "came")));
}

CHECK(JobBoard, TouchesOnlyItsMemory, part('B'), hygiene, points(2),
      "a board and its workers stay inside their memory") {
  Work work(random, queue_name());
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, random.between(2, 30),
                           random.between(31, 63), work.max_payload}) {
    work.post(random.bytes(size), static_cast<std::uint32_t>(size), 2);
    work.say("wait " + std::to_string(work.jobs.size() - 1));
  }
  work.script = "start\n" + work.script;
  const RunResult run =
      explore(together(work.posting(posts_jobs), work.working(does_jobs, 5)).on(Build::sanitized));
  expect_work(work.wrong_replies(run.of(posts_jobs)));
}
