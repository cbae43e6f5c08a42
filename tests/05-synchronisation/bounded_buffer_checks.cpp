#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "actors.h"
#include "common/judge/check.h"
#include "stage.h"

using namespace judge;
using namespace stage;

// Part A -----------------------------------------------------------------------------------------

ROLE(buffer_maker) { actors::make_buffer(me); }
ROLE(producer) { actors::use_buffer(me); }
ROLE(producer_2) { actors::use_buffer(me); }
ROLE(producer_3) { actors::use_buffer(me); }
ROLE(consumer) { actors::use_buffer(me); }
ROLE(consumer_2) { actors::use_buffer(me); }
ROLE(consumer_3) { actors::use_buffer(me); }
ROLE(closer) { actors::use_buffer(me); }

ROLE(roomless_maker) {
  alignas(64) static std::byte memory[4096];
  try {
    lab::BoundedBuffer::create(memory, 0);
    me.report("refused", "no");
  } catch (const std::invalid_argument&) {
    me.report("refused", "std::invalid_argument");
  }
}

ROLE(unlucky_maker) {
  const std::size_t size = lab::BoundedBuffer::size_for(4);
  auto* memory = std::aligned_alloc(64, (size + 63) / 64 * 64);
  errno = 0;  // the functions of pthreads leave it alone
  lab::BoundedBuffer::create(memory, 4);
}

namespace {

std::vector<std::string> in_words(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> words;
  for (const std::int64_t number : numbers) words.push_back(std::to_string(number));
  return words;
}

// Any numbers, the largest as well.
[[maybe_unused]] std::vector<std::int64_t> items(Random& random, std::size_t count) {
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(static_cast<std::int64_t>(random.next() >> 1));
  return all;
}

}  // namespace

CHECK(BoundedBuffer, KeepsTheOrder, part('A'), behaviour, points(4),
      "what one process puts another takes, all of it and in order") {
  for (const std::size_t capacity :
       {random.between(2, 9), random.between(20, 60), std::size_t{1}}) {
    const std::size_t count = 3 * capacity + random.between(1, 9);
    const std::vector<std::int64_t> sent = items(random, count);
    const RunResult run = explore(Scene(scratch(), random, buffer_maker, capacity)
                                      .with(producer, std::string(count, 'p') + "c", sent)
                                      .with(consumer, "T")
                                      .scenario("What lies in the memory"));
    const std::vector<std::string> expected = in_words(sent), got = run.of(consumer).all("took");
    const auto situation = "The buffer has room for " + std::to_string(capacity) +
                           ". One process put " + std::to_string(count) +
                           " numbers and closed it, and another took until "
                           "there was nothing. ";
    const auto [at, other] =
        std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
    if (at != expected.end() && other != got.end()) {
      fail(Finding::wrong_result,
           situation + "Number " + std::to_string(at - expected.begin() + 1) + " was " + *at +
               ", and " + other->substr(0, 30) + " was taken.",
           "What lies in the memory");
    }
    if (got.size() != expected.size()) {
      fail(Finding::wrong_result, situation + std::to_string(got.size()) + " of them came out.",
           "What lies in the memory");
    }
    if (count != stage::count(run.of(producer), "put")) {
      fail(Finding::wrong_result,
           situation +
               "`put` said of some of them that the buffer had been closed. It has not been, "
               "until all were in.",
           "What lies in the memory");
    }
  }
  const RunResult run = explore(Scenario().with(Cast(roomless_maker)));
  if (run.only().last("refused") != "std::invalid_argument") {
    fail(Finding::wrong_result,
         "A buffer with room for 0 numbers was asked for. `create` has to refuse that with "
         "std::invalid_argument: nobody could ever put anything into it.",
         "What lies in the memory");
  }
}

CHECK(BoundedBuffer, SaysWhatCannotBeInitialised, part('A'), faults, points(2),
      "create() says so when a lock cannot be made") {
  constexpr int error = ENOMEM;
  for_every_call(
      [](std::uint32_t n) {
        return Scenario()
            .with(Cast(unlucky_maker).fault({subject::call_lock_init, n, 1, error, 0}))
            .may_throw();
      },
      [&](const RunResult& run, std::uint32_t) {
        const RoleResult& role = run.only();
        const bool met = role.met[0] > 0;
        if (met ? role.error() == error : role.how == "returned") return;
        const std::string situation = met ? "There was no memory for a lock: " + role.faults + ". "
                                          : "Every call succeeded. ";
        std::string what = "it threw " + role.what;
        if (role.how == "returned") {
          what =
              "it came back, as if there were a buffer. Nobody will ever be woken by what has "
              "not been initialised";
        } else if (met && role.how == "system-error") {
          what = "the exception has another one (" + role.what +
                 "). The functions of pthreads return the error, and do not touch errno";
        }
        fail(Finding::unhandled_fault,
             situation + "`create` has to " +
                 (met ? "throw ipc::SystemError with that error, and " : "make the buffer, and ") +
                 what + ".",
             "Locks between processes");
      });
}

CHECK(BoundedBuffer, WaitsWhileFullAndWhileEmpty, part('A'), behaviour, points(4),
      "put waits while the buffer is full, take while it is empty, and no longer") {
  const std::size_t capacity = random.between(1, 6);
  const std::vector<std::int64_t> sent = items(random, capacity + 1);
  Acts acts({buffer_maker, producer, consumer});
  acts.then([&](Observer& seen) -> std::string {
        const std::size_t put = count(seen.so_far(producer), "put");
        const std::string situation =
            "The buffer has room for " + std::to_string(capacity) + ", and nobody takes anything. ";
        if (put < capacity) {
          return situation + "A process that puts " + std::to_string(capacity + 1) +
                 " numbers waits when " + std::to_string(put) + " are in.";
        }
        if (put > capacity) return situation + "And yet " + times(put, "number") + " went in.";
        seen.let_go(consumer);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (count(seen.so_far(consumer), "took") != 1) {
          return "A full buffer, and `take` waits.";
        }
        if (count(seen.so_far(producer), "put") != capacity + 1) {
          return "A producer waited because the buffer was full. A number was taken, `take` "
                 "returned, "
                 "and the producer still waits: nobody has told it that there is room.";
        }
        seen.let_go(consumer);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        const std::size_t took = count(seen.so_far(consumer), "took");
        if (took != capacity + 1 || count(seen.so_far(consumer), "nothing") != 0) {
          return "The buffer was emptied, but not closed. `take` has to wait then for another "
                 "number; it came back " +
                 std::to_string(took) + " times with a number and " +
                 std::to_string(count(seen.so_far(consumer), "nothing")) +
                 " times with none, for " + times(capacity + 1, "number") + ".";
        }
        seen.let_go(producer);
        return "";
      })
      .then([&](Observer&) -> std::string {
        return "A consumer waited in an empty buffer. `close` was called and returned, and the "
               "consumer still waits.";
      });
  explore(Scene(scratch(), random, buffer_maker, capacity)
              .with(producer, std::string(capacity + 1, 'p') + "wc", sent)
              .with(consumer, "wtwT")
              .scenario("Waiting for something to become true")
              .when_quiet([&](Observer& seen) { return acts(seen); })
              .may_be_killed());
  if (!acts.wrong().empty()) {
    fail(Finding::wrong_result, acts.wrong(), "Waiting for something to become true");
  }
}

CHECK(BoundedBuffer, LeavesNoSleeperBehind, part('A'), synchronisation, points(4),
      "close wakes everybody who waits, producers as well as consumers") {
  {
    Acts acts({buffer_maker, consumer, consumer_2, consumer_3, closer});
    acts.then([&](Observer& seen) -> std::string {
          seen.let_go(closer);
          return "";
        })
        .then([&](Observer& seen) -> std::string {
          std::size_t still = 0;
          for (const Role role : {consumer, consumer_2, consumer_3}) {
            if (!seen.finished(role)) ++still;
          }
          if (count(seen.so_far(closer), "closed") == 0) return "`close` does not return.";
          return "Three consumers waited in an empty buffer when another process closed it. "
                 "`close` "
                 "has returned, and " +
                 std::to_string(still) +
                 " of the three still sleep. Nobody will come any more to wake them.";
        });
    const RunResult run = explore(Scene(scratch(), random, buffer_maker, random.between(1, 5))
                                      .with(consumer, "t")
                                      .with(consumer_2, "t")
                                      .with(consumer_3, "t")
                                      .with(closer, "wc")
                                      .scenario("The end")
                                      .when_quiet([&](Observer& seen) { return acts(seen); })
                                      .may_be_killed());
    if (!acts.wrong().empty()) fail(Finding::deadlock, acts.wrong(), "The end");
    for (const Role role : {consumer, consumer_2, consumer_3}) {
      if (count(run.of(role), "nothing") == 1) continue;
      fail(Finding::wrong_result,
           "The buffer was empty and was closed. `take` has to return nothing then; it returned " +
               joined(run.of(role).all("took")) + ".",
           "The end");
    }
  }
  const std::size_t capacity = random.between(1, 4);
  const std::vector<std::int64_t> sent = items(random, capacity), more = items(random, 1);
  Acts acts({buffer_maker, producer, producer_2, producer_3, closer});
  acts.then([&](Observer& seen) -> std::string {
        seen.let_go(producer);
        seen.let_go(producer_2);
        seen.let_go(producer_3);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        seen.let_go(closer);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        std::size_t still = 0;
        for (const Role role : {producer, producer_2, producer_3}) {
          if (!seen.finished(role)) ++still;
        }
        if (count(seen.so_far(closer), "closed") == 0) return "`close` does not return.";
        if (still > 0) {
          return "Three producers waited for room when another process closed the buffer. `close` "
                 "has returned, and " +
                 std::to_string(still) +
                 " of the three still sleep. What they wait for will never be.";
        }
        seen.let_go(closer);
        return "";
      });
  const RunResult run = explore(Scene(scratch(), random, buffer_maker, capacity)
                                    .with(closer, std::string(capacity, 'p') + "wcwT", sent)
                                    .with(producer, "wp", more)
                                    .with(producer_2, "wp", more)
                                    .with(producer_3, "wp", more)
                                    .scenario("The end")
                                    .when_quiet([&](Observer& seen) { return acts(seen); })
                                    .may_be_killed());
  if (!acts.wrong().empty()) fail(Finding::deadlock, acts.wrong(), "The end");
  for (const Role role : {producer, producer_2, producer_3}) {
    if (count(run.of(role), "refused") == 1) continue;
    fail(Finding::wrong_result,
         "The buffer was full when it was closed, and `put` says that its number is in it. It has "
         "to return false: nobody promises that somebody will take the number out.",
         "The end");
  }
  if (run.of(closer).all("took") != in_words(sent)) {
    fail(Finding::wrong_result,
         "What is in a buffer when it is closed can still be taken: " + joined(in_words(sent)) +
             ". What came out was " + joined(run.of(closer).all("took")) + ".",
         "The end");
  }
}

CHECK(BoundedBuffer, SleepsWhileItWaits, part('A'), mechanism, points(3),
      "who waits sleeps: it uses no processor, and does not look again and again") {
  // Whoever is not asleep never becomes quiet, and is stopped after some seconds of processor time
  // or of naps.
  Acts acts({buffer_maker, producer, consumer, consumer_2, closer});
  acts.then([&](Observer& seen) -> std::string {
    seen.let_go(closer);
    return "";
  });
  const std::vector<std::int64_t> sent = items(random, 2);
  explore(Scene(scratch(), random, buffer_maker, 1)
              .with(consumer, "t")
              .with(consumer_2, "t")
              .with(closer, "wc")
              .scenario("Waiting for something to become true")
              .when_quiet([&](Observer& seen) { return acts(seen); })
              .may_be_killed());
  Acts more({buffer_maker, producer, closer});
  more.then([&](Observer& seen) -> std::string {
    seen.let_go(closer);
    return "";
  });
  const RunResult run = explore(Scene(scratch(), random, buffer_maker, 1)
                                    .with(producer, "pp", sent)
                                    .with(closer, "wT")
                                    .with(consumer, "wc")
                                    .scenario("Waiting for something to become true")
                                    .when_quiet([&](Observer& seen) {
                                      if (more(seen)) return true;
                                      if (seen.finished(consumer)) return false;
                                      seen.let_go(consumer);
                                      return true;
                                    })
                                    .may_be_killed());
  expect_work(run.of(closer).all("took") == in_words(sent)
                  ? ""
                  : "Two numbers were put, and what was taken is " +
                        joined(run.of(closer).all("took")) + ".");
}
