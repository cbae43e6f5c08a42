#include <cerrno>

#include "boards.h"

using namespace judge;
using namespace boards;
using queues::Raw;

// Parts B and C
// ------------------------------------------------------------------------------------

ROLE(poster_of_jobs) { follow_script(me); }

ROLE(worker) {
  wait_for_start(me);
  do_jobs(me);
}

ROLE(second_worker) {
  wait_for_start(me);
  do_jobs(me);
}

ROLE(third_worker) {
  wait_for_start(me);
  do_jobs(me);
}

// Looks into the queues without the student's code.
ROLE(inspector) {
  wait_for_start(me);
  const Raw jobs(me.text("board") + "-jobs"), replies(me.text("board") + "-replies");
  for (const auto& [tag, queue] : {std::pair{"jobs", &jobs}, {"replies", &replies}}) {
    if (!queue->is_there()) continue;
    const mq_attr attributes = queue->attributes();
    me.report(
        tag, std::to_string(attributes.mq_curmsgs) + " of " + std::to_string(attributes.mq_maxmsg));
  }
  if (jobs.is_there()) me.report("packets", queues::encode(jobs.drain()));
}

// What a crash has left: queues of these names, with other limits, and something in them.
ROLE(late_poster) {
  for (const char* queue : {"-jobs", "-replies"}) {
    const Raw old(me.text("board") + queue, 3, 24);
    for (int i = 0; i < 2; ++i) old.send(me.payload().first(20), 30'000);
  }
  follow_script(me);
}

// Uses the board up to a payload of max_payload, and beyond.
ROLE(greedy) {
  lab::JobBoard board(me.text("board"), options(me));
  me.report("said", queues::outcome([&] { board.post(0, me.payload(), 0); }));
  const Raw jobs(me.text("board") + "-jobs");
  me.report("waiting", static_cast<std::int64_t>(jobs.attributes().mq_curmsgs));
}

namespace {

[[maybe_unused]] void add_jobs(Work& work, Random& random, std::size_t count,
                               std::size_t max_size) {
  for (std::size_t i = 0; i < count; ++i) {
    // All different, so that each can be told from the others.
    Bytes bytes = random.bytes(random.between(6, max_size));
    work.post(std::move(bytes), static_cast<std::uint32_t>(random.between(0, 9)),
              static_cast<unsigned>(random.between(0, 5)));
  }
}

}  // namespace

CHECK(JobBoard, AnswersEveryJob, part('B'), behaviour, points(5),
      "each job is done once, and its reply comes back") {
  Work work(random, queue_name());
  work.max_payload = random.between(100, 900);
  const std::size_t count = random.between(12, 18);
  work.say("start");
  work.post({}, 0, 0);
  add_jobs(work, random, count - 2, work.max_payload);
  work.post(random.bytes(work.max_payload), 1, 0);
  work.say("rest " + std::to_string(count));
  const auto first = static_cast<std::int64_t>(random.between(1, 4));
  const RunResult run =
      explore(together(work.posting(poster_of_jobs), work.working(worker, first),
                       work.working(second_worker, static_cast<std::int64_t>(count) - first))
                  .about("The worker"));
  std::string text = work.wrong_replies(run.of(poster_of_jobs));
  std::vector<Parcel> did = queues::parcels(run.of(worker), "did");
  for (Parcel& parcel : queues::parcels(run.of(second_worker), "did")) {
    did.push_back(std::move(parcel));
  }
  if (text.empty()) text = work.wrong_jobs(did, true);
  if (!text.empty()) {
    fail(Finding::wrong_result,
         std::to_string(count) + " jobs were posted on a board for " +
             std::to_string(work.capacity) + " with two workers. " + text,
         "What goes into a message");
  }
  if (run.of(worker).last("left") != std::to_string(first)) {
    fail(Finding::wrong_result,
         "A worker was to leave after " + std::to_string(first) +
             " jobs (`most`), and work has to return how many it has done. It returned " +
             run.of(worker).last("left") + ".",
         "The worker");
  }
}

CHECK(JobBoard, TakesTheMostUrgentJobFirst, part('B'), behaviour, points(4),
      "workers take the most urgent job first, and equals in their order") {
  Work work(random, queue_name());
  work.capacity = random.between(7, 9);
  work.workers = 1;
  const unsigned common = static_cast<unsigned>(random.between(1, 29'000));
  for (std::size_t i = 0; i < work.capacity; ++i) {
    work.post(random.bytes(random.between(6, 30)), 0,
              i % 2 == 0 ? common : static_cast<unsigned>(random.between(0, 30'000)));
  }
  const std::string count = std::to_string(work.capacity);
  work.say("start").say("rest " + count);
  const RunResult run =
      explore(together(work.posting(poster_of_jobs),
                       work.working(worker, static_cast<std::int64_t>(work.capacity)))
                  .about("Most urgent first"));
  std::vector<Parcel> posted;
  std::string order;
  for (const Work::Posted& job : work.jobs) {
    posted.push_back({job.payload, job.priority});
    order += " " + std::to_string(job.priority);
  }
  const auto expected = queues::most_urgent_first(posted);
  const auto did = queues::parcels(run.of(worker), "did");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i < did.size() && did[i].bytes == expected[i].bytes &&
        did[i].priority == expected[i].priority) {
      continue;
    }
    fail(Finding::wrong_result,
         count + " jobs waited, posted with the priorities" + order + ". As number " +
             std::to_string(i + 1) + " the worker had to take the " +
             (i > 0 && expected[i].priority == expected[i - 1].priority ? "next" : "first") +
             " one with priority " + std::to_string(expected[i].priority) + ", and took " +
             (i < did.size() ? "one with priority " + std::to_string(did[i].priority) +
                                   (did[i].priority == expected[i].priority
                                        ? " that was posted at another time."
                                        : ".")
                             : "none."),
         "Most urgent first");
  }
  const std::string text = work.wrong_replies(run.of(poster_of_jobs));
  if (!text.empty()) fail(Finding::wrong_result, text, "Whose reply is it");
}

CHECK(JobBoard, GivesEachReplyToItsJob, part('B'), behaviour, points(4),
      "wait_for returns the reply to its job and keeps the others") {
  Work work(random, queue_name());
  work.capacity = 8;
  work.workers = 1;
  const std::size_t count = random.between(5, 7);
  for (std::size_t i = 0; i < count; ++i) work.post(random.bytes(random.between(6, 30)), 0, 0);
  // One worker answers in the order of posting; they are asked for in another.
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < count; ++i) order.push_back(i);
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.between(0, i - 1)]);
  if (order.front() == 0) std::swap(order.front(), order.back());
  work.say("start");
  std::vector<std::size_t> expected;
  std::vector<std::size_t> left = order;
  std::sort(left.begin(), left.end());
  for (std::size_t i = 0; i < count; ++i) {
    // Every third one with next_reply, which gives the oldest that is left.
    const std::size_t which = i % 3 == 1 ? left.front() : order[i];
    if (std::find(left.begin(), left.end(), which) == left.end()) continue;
    work.say(i % 3 == 1 ? "next" : "wait " + std::to_string(which));
    expected.push_back(which);
    left.erase(std::find(left.begin(), left.end(), which));
  }
  for (const std::size_t which : left) {
    work.say("wait " + std::to_string(which));
    expected.push_back(which);
  }
  work.say("wait " + std::to_string(order.front())).say("wait 100").say("next");
  const RunResult run = explore(
      together(work.posting(poster_of_jobs), work.working(worker, static_cast<std::int64_t>(count)))
          .about("Whose reply is it"));
  const RoleResult& role = run.of(poster_of_jobs);
  const auto replies = queues::parcels(role, "reply");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i < replies.size() && replies[i].priority == expected[i]) continue;
    fail(Finding::wrong_result,
         "One worker answered " + std::to_string(count) +
             " jobs in the order in which they were posted. Then the reply to job " +
             std::to_string(expected[i] + 1) +
             " was due, by wait_for or because it was the oldest, and " +
             (i < replies.size() ? "the one to job " + std::to_string(replies[i].priority + 1)
                                 : std::string("none")) +
             " was returned.",
         "Whose reply is it");
  }
  const std::string text = work.wrong_replies(role);
  if (!text.empty()) fail(Finding::wrong_result, text, "Whose reply is it");
  auto said = role.all("said");
  said.erase(said.begin(),
             said.begin() + static_cast<std::ptrdiff_t>(std::min(said.size(), expected.size())));
  const std::vector<std::string> refusals{"std::invalid_argument", "std::invalid_argument",
                                          "std::logic_error"};
  const std::vector<std::string> asked{
      "wait_for was asked for a reply that it had returned before",
      "wait_for was asked for the reply to a job that was never posted",
      "next_reply was called when every reply had been returned"};
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    if (i < said.size() && said[i] == refusals[i]) continue;
    fail(Finding::wrong_result,
         asked[i] + ": it has to throw " + refusals[i] + ", and " +
             (i < said.size() && said[i] != "ok" ? "threw " + said[i] : "did not") + ".",
         "Whose reply is it");
  }
}

CHECK(JobBoard, SaysWhatWentWrong, part('B'), faults, points(2),
      "a handler that throws makes a failed reply, and no dead worker") {
  Work work(random, queue_name());
  work.max_payload = random.between(16, 40);
  work.complaint = random.word(work.max_payload - 5);
  const Bytes ordinary = random.bytes(9);
  for (const std::string& complaint :
       {random.word(work.max_payload - 5), random.word(work.max_payload + 30)}) {
    Work one = work;
    one.board = queue_name();
    one.complaint = complaint;
    one.post(random.bytes(8), throws, 0).post(random.bytes(8), swells, 0).post(ordinary, 0, 0);
    one.say("start").say("rest 3");
    const RunResult run =
        explore(together(one.posting(poster_of_jobs), one.working(worker, 3)).about("The worker"));
    const RoleResult& role = run.of(poster_of_jobs);
    const auto failed = queues::parcels(role, "failed");
    const auto fine = queues::parcels(role, "reply");
    const std::string expected = complaint.substr(0, one.max_payload);
    if (failed.empty() || to_text(failed[0].bytes) != expected || failed[0].priority != 0) {
      fail(Finding::unhandled_fault,
           "The handler threw an exception whose what() is \"" + complaint +
               "\". The reply has to be `failed` with the payload \"" + expected +
               "\" (max_payload is " + std::to_string(one.max_payload) + "), and " +
               (failed.empty() ? "it is not failed."
                               : "its payload is \"" + to_text(failed[0].bytes) + "\"."),
           "The worker");
    }
    if (failed.size() != 2 || failed[1].priority != 1) {
      fail(Finding::unhandled_fault,
           "The handler returned one byte more than max_payload. That reply has to be `failed`, "
           "and it is not.",
           "The worker");
    }
    if (fine.size() != 1 || fine[0].bytes != one.reply_to(2) || fine[0].priority != 2) {
      fail(Finding::unhandled_fault,
           "After two jobs that failed came one that did not, and its reply is not what the "
           "handler returned.",
           "The worker");
    }
  }
  const RunResult run = explore(
      Scenario().with(Work(work).posting(greedy).payload(random.bytes(work.max_payload + 1))));
  if (run.only().last("said") != "std::length_error" || run.only().last("waiting") != "0") {
    fail(Finding::unhandled_fault,
         "post was given one byte more than max_payload: it has to throw std::length_error and to "
         "post nothing. It came to " +
             run.only().last("said") + ", and " + run.only().last("waiting") +
             " messages are in the queue.",
         "What goes into a message");
  }
}

CHECK(JobBoard, CarriesJobsInItsQueue, part('B'), mechanism, points(4),
      "a job that waits is a message in the board's own queue") {
  Work work(random, queue_name());
  work.capacity = random.between(4, 9);
  const std::size_t count = random.between(2, work.capacity);
  for (std::size_t i = 0; i < count; ++i) {
    work.post(random.bytes(random.between(24, 60)), 0, static_cast<unsigned>(count - i));
  }
  work.say("start");
  const RunResult run =
      explore(together(work.posting(poster_of_jobs), Cast(inspector).give("board", work.board))
                  .about("Two queues"));
  const RoleResult& role = run.of(inspector);
  const std::string capacity = std::to_string(work.capacity);
  const std::string posted = std::to_string(count) + " jobs were posted on a board for " +
                             capacity + ", and no worker was there. ";
  for (const char* tag : {"jobs", "replies"}) {
    // What else is in the queue of replies is the board's own business.
    const bool holds_jobs = tag == std::string("jobs");
    const std::string expected = (holds_jobs ? std::to_string(count) : "0") + " of " + capacity;
    if (holds_jobs ? role.last(tag) == expected : role.last(tag).ends_with(" of " + capacity)) {
      continue;
    }
    fail(Finding::wrong_mechanism,
         posted + "The message queue NAME-" + tag + " has to hold " + expected +
             " messages (mq_getattr(3)). There " +
             (role.reported(tag) == nullptr ? "is no such queue." : "are " + role.last(tag) + "."),
         "Two queues");
  }
  const auto packets = queues::parcels(role, "packets");
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes& payload = work.jobs[i].payload;
    if (i < packets.size() &&
        std::search(packets[i].bytes.begin(), packets[i].bytes.end(), payload.begin(),
                    payload.end()) != packets[i].bytes.end()) {
      continue;
    }
    fail(Finding::wrong_mechanism,
         posted + "The message of job " + std::to_string(i + 1) + " has " +
             (i < packets.size() ? std::to_string(packets[i].bytes.size()) : "no") +
             " bytes, and the " + std::to_string(payload.size()) +
             " bytes of its payload are not among them.",
         "What goes into a message");
  }
  for (const std::string& left : run.litter) {
    if (left.ends_with("-jobs") || left.ends_with("-replies")) continue;
    fail(Finding::wrong_mechanism,
         "There is something besides the two queues: " + left +
             ". What the processes say to each other goes through these two alone.",
         "Two queues");
  }
}

CHECK(JobBoard, SurvivesSignals, part('B'), faults, points(2),
      "a board and its workers go on where a signal interrupted them") {
  for_every_call(
      [&](std::uint32_t n) {
        Work work(random, queue_name());
        for (int i = 0; i < 3; ++i) work.post(random.bytes(12), 2, 3);
        work.say("start").say("rest 3");
        const subject::FaultRule interrupted{subject::call_queue, n, 1, EINTR, 0};
        return together(work.posting(poster_of_jobs).fault(interrupted),
                        work.working(worker, 3).fault(interrupted))
            .about("Interrupted calls");
      },
      [&](const RunResult& run, std::uint32_t) {
        std::string when;
        for (const RoleResult& role : run.roles) {
          if (!role.faults.empty()) when = "When " + role.faults + ": ";
        }
        const std::size_t did = queues::parcels(run.of(worker), "did").size();
        const std::size_t came = queues::parcels(run.of(poster_of_jobs), "reply").size();
        if (did == 3 && came == 3) return;
        fail(Finding::unhandled_fault,
             when + "3 jobs were posted, " + std::to_string(did) + " were done, and " +
                 std::to_string(came) + " replies came.",
             "Interrupted calls");
      });
}

CHECK(JobBoard, ReplacesWhatACrashLeft, part('B'), faults, points(2),
      "queues that a crash left do not disturb a new board") {
  Work work(random, queue_name());
  add_jobs(work, random, 4, 60);
  work.payload.resize(std::max<std::size_t>(work.payload.size(), 20));
  work.say("start").say("rest 4");
  const RunResult run = explore(together(work.posting(late_poster), work.working(worker, 4))
                                    .about("A queue that a crash has left"));
  const std::string text = work.wrong_replies(run.of(late_poster));
  if (text.empty()) return;
  fail(Finding::unhandled_fault,
       "Queues of these names were there already, with other limits and with messages of a board "
       "that has crashed. " +
           text,
       "A queue that a crash has left");
}

CHECK(JobBoard, LeavesNothingOpen, part('B'), hygiene, points(1),
      "a board that has gone and a worker that has left have closed all") {
  Work work(random, queue_name());
  add_jobs(work, random, 3, 60);
  work.say("start").say("rest 3");
  const RunResult run = explore(together(work.posting(poster_of_jobs), work.working(worker, 3)));
  for (const RoleResult& role : run.roles) {
    if (role.leaks.empty()) continue;
    fail(Finding::leak,
         std::string(role.role == worker.name ? "work has returned" : "The JobBoard has gone") +
             ", and descriptor " + std::to_string(role.leaks.front().fd) +
             " is still open: " + role.leaks.front().object + ".",
         "Leaving no trace");
  }
  expect_work(work.wrong_replies(run.of(poster_of_jobs)));
}

CHECK(Close, LosesNothing, part('C'), behaviour, points(6),
      "close has every job done, and every worker leaves") {
  Work work(random, queue_name());
  work.workers = 3;
  const std::size_t count = random.between(9, 14), taken = random.between(1, 3);
  work.say("start");
  add_jobs(work, random, count, 60);
  work.say("rest " + std::to_string(taken)).say("close");
  const RunResult run = explore(together(work.posting(poster_of_jobs), work.working(worker),
                                         work.working(second_worker), work.working(third_worker))
                                    .about("Leaving without losing anything"));
  std::string text = work.wrong_replies(run.of(poster_of_jobs));
  std::vector<Parcel> did;
  for (const Role role : {worker, second_worker, third_worker}) {
    const auto its = queues::parcels(run.of(role), "did");
    did.insert(did.end(), its.begin(), its.end());
    if (run.of(role).last("left") != std::to_string(its.size()) && text.empty()) {
      text = "A worker did " + std::to_string(its.size()) + " jobs, and work returned " +
             run.of(role).last("left") + ".";
    }
  }
  if (text.empty()) text = work.wrong_jobs(did, true);
  if (text.empty()) return;
  fail(Finding::wrong_result,
       std::to_string(count) + " jobs were posted, " + std::to_string(taken) +
           " replies taken, and then close was called. " + text,
       "Leaving without losing anything");
}

CHECK(Close, LeavesNoName, part('C'), hygiene, points(2),
      "after close both names are gone and nothing else is left") {
  Work work(random, queue_name());
  add_jobs(work, random, 3, 60);
  work.say("start").say("close");
  const RunResult run = explore(
      together(work.posting(poster_of_jobs), work.working(worker), work.working(second_worker))
          .about("Leaving without losing anything"));
  const auto left = run.of(poster_of_jobs).all("left");
  if (!left.empty() || !run.litter.empty()) {
    fail(Finding::leak,
         "close has returned, and there is still " +
             (left.empty() ? run.litter.front() : "the queue " + left.front()) +
             ". A message queue lives until its name is removed: mq_unlink(3).",
         "Leaving without losing anything");
  }
  for (const RoleResult& role : run.roles) {
    if (role.leaks.empty()) continue;
    fail(Finding::leak,
         "`" + role.role + "` has come to its end, and descriptor " +
             std::to_string(role.leaks.front().fd) +
             " is still open: " + role.leaks.front().object + ".",
         "Leaving no trace");
  }
  expect_work(work.wrong_replies(run.of(poster_of_jobs)));
}
