#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "memory.h"
#include "ring.h"

using namespace judge;

/// Part B: Ring, as far as nobody does two things at a time. schedule_checks.cpp has the rest.

// Plays both ends: each number says that a frame of that size is to be pushed, and '-' that one is
// to be taken out. What does not go is told.
ROLE(both_ends) {
  const auto here = memory::map(me);
  const auto there = memory::map(me);  // somewhere else, as in another process
  lab::Ring producer = lab::Ring::create(here);
  lab::Ring consumer = lab::Ring::open(there);
  std::span<const std::byte> left = me.payload();
  const std::string& acts = me.text("acts");
  for (std::size_t at = 0; at < acts.size(); ++at) {
    if (acts[at] == '-') {
      const auto frame = consumer.borrow();
      if (!frame) {
        me.report("frame", "nothing");
        continue;
      }
      me.report("frame", *frame);
      consumer.release();
      continue;
    }
    const std::size_t size = std::stoul(acts.substr(at), nullptr);
    at = acts.find(',', at);
    const auto room = producer.loan(size);
    if (!room) {
      me.report("full", "");
      continue;
    }
    if (room->size() != size) me.report("room", static_cast<std::int64_t>(room->size()));
    std::copy_n(left.data(), size, room->data());
    left = left.subspan(size);
    producer.publish();
    me.report("pushed", static_cast<std::int64_t>(size));
  }
}

CHECK(Ring, KeepsFramesWholeAndInOrder, part('B'), behaviour, points(5),
      "frames of any length come out as they went in, lap after lap") {
  const auto place = memory::place(random, random.between(128, 512) * 8);
  // A queue of what must be in the ring; never more than an eighth of the memory, so that there is
  // room for all of them in any way of laying them out.
  std::string acts;
  Bytes payload;
  std::deque<std::pair<std::size_t, std::size_t>> inside;  // where in the payload, and how long
  std::vector<std::optional<std::pair<std::size_t, std::size_t>>> expected;  // none: nothing
  std::size_t used = 0;
  for (int i = 0; i < 900; ++i) {
    const std::size_t size = random.between(0, 9) == 0 ? 0 : random.between(1, place.size / 20);
    if (inside.empty() && random.coin()) {
      acts += '-';
      expected.emplace_back();
    }
    if (!inside.empty() && (random.coin() || used + size + 40 > place.size / 8)) {
      acts += '-';
      expected.emplace_back(inside.front());
      used -= inside.front().second + 40;
      inside.pop_front();
    } else if (used + size + 40 <= place.size / 8) {
      acts += std::to_string(size) + ",";
      inside.emplace_back(payload.size(), size);
      used += size + 40;
      const Bytes more = random.bytes(size);
      payload.insert(payload.end(), more.begin(), more.end());
    }
  }
  const RunResult run =
      explore(Scenario()
                  .with(place.told(Cast(both_ends).give("acts", acts).payload(payload),
                                   random.between(1, 50)))
                  .about("Frames in one piece"));
  const RoleResult& role = run.only();
  if (role.reported("room") != nullptr) {
    fail(Finding::wrong_result,
         "loan() gave " + role.last("room") + " bytes, and not as many as it was asked for.",
         "Frames in one piece");
  }
  if (role.reported("full") != nullptr) {
    fail(Finding::wrong_result,
         "loan() says that the ring is full, with not more than an eighth of its memory in use.",
         "Full and empty");
  }
  const std::vector<std::string> got = role.all("frame");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string frame = i < got.size() ? got[i] : "nothing";
    if (!expected[i]) {
      if (frame == "nothing") continue;
      fail(Finding::wrong_result,
           "The ring is empty, and borrow() finds a frame of " + std::to_string(frame.size()) +
               " bytes: what lies there is of an earlier lap.",
           "Full and empty");
    }
    const auto& [at, size] = *expected[i];
    const std::string differs = difference(std::span(payload).subspan(at, size), as_bytes(frame));
    if (differs.empty()) continue;
    const auto number = std::count_if(expected.begin(), expected.begin() + static_cast<long>(i) + 1,
                                      [](const auto& frame_or_none) { return !!frame_or_none; });
    fail(Finding::wrong_result,
         "Of frame number " + std::to_string(number) + ", " + std::to_string(size) +
             " bytes long: " +
             (frame == "nothing" ? "borrow() found none, although it was published." : differs),
         "Frames in one piece");
  }
}

// Fills the ring with frames of one size, and empties it, again and again.
ROLE(filler) {
  const auto here = memory::map(me);
  const auto there = memory::map(me);  // somewhere else, as in another process
  lab::Ring producer = lab::Ring::create(here);
  lab::Ring consumer = lab::Ring::open(there);
  if (consumer.borrow()) me.report("wrong", "A new ring is not empty: borrow() finds a frame.");
  const auto sizes = memory::sizes_in(me.text("sizes"));
  unsigned char next = 0;
  for (const std::size_t size : sizes) {
    std::size_t count = 0;
    const unsigned char first = next;
    for (auto room = producer.loan(size); room; room = producer.loan(size)) {
      std::memset(room->data(), next++, size);
      producer.publish();
      ++count;
      if (count > here.size()) break;
    }
    me.report("held", static_cast<std::int64_t>(count));
    unsigned char expected = first;
    std::size_t came = 0;
    while (const auto frame = consumer.borrow()) {
      const bool right = frame->size() == size &&
                         std::all_of(frame->begin(), frame->end(),
                                     [&](std::byte b) { return b == std::byte{expected}; });
      if (!right && came < count) {
        me.report("wrong", "Of " + std::to_string(count) + " frames of " + std::to_string(size) +
                               " bytes that were in the ring, number " + std::to_string(came + 1) +
                               " was no longer what had been written.");
      }
      ++expected;
      ++came;
      consumer.release();
      if (came > count) break;
    }
    if (came != count) {
      me.report("wrong", std::to_string(count) + " frames of " + std::to_string(size) +
                             " bytes went in, and " + std::to_string(came) + " came out.");
    }
    if (!producer.loan(producer.max_frame())) {
      me.report("wrong",
                "The ring is empty, and loan() finds no room for a frame of max_frame() = " +
                    std::to_string(producer.max_frame()) + " bytes.");
    }
    // What was given up was never there.
    if (producer.loan(size / 2) && consumer.borrow()) {
      me.report("wrong", "A frame that was lent and not published came out.");
    }
  }
}

CHECK(Ring, IsFullAndEmptyWhenItShould, part('B'), behaviour, points(4),
      "a full ring takes no more, and an empty one has room again") {
  const auto place = memory::place(random, random.between(256, 700) * 8);
  std::vector<std::size_t> sizes{8, place.size * 3 / 8, 1};
  for (int i = 0; i < 12; ++i) sizes.push_back(random.between(1, place.size * 3 / 8));
  for (int i = 0; i < 4; ++i) sizes.push_back(random.between(1, 40));
  random.shuffle(sizes);
  const RunResult run =
      explore(Scenario()
                  .with(place.told(Cast(filler).give("sizes", memory::listed(sizes)),
                                   random.between(1, 50)))
                  .about("Full and empty"));
  const RoleResult& role = run.only();
  if (role.reported("wrong") != nullptr) {
    fail(Finding::wrong_result, to_text(*role.reported("wrong")), "Full and empty");
  }
  const std::vector<std::string> held = role.all("held");
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t count = i < held.size() ? memory::number_in(held[i]) : 0;
    // Behind a length and rounded up, and some of the memory is the ring's own.
    const std::size_t least = std::max<std::size_t>(1, place.size / 8 / (sizes[i] + 40));
    if (count < least || count * sizes[i] > place.size) {
      fail(Finding::wrong_result,
           "An empty ring in " + std::to_string(place.size) + " bytes of memory took " +
               std::to_string(count) + " frames of " + std::to_string(sizes[i]) +
               " bytes before loan() said that it was full." +
               (count < least ? " There is room for more." : " So many do not fit in there."),
           "Full and empty");
    }
  }
}

ROLE(measurer) {
  const auto here = memory::map(me);
  const auto outcome = [](auto act) -> std::string {
    try {
      act();
    } catch (const std::length_error&) {
      return "length_error";
    } catch (const std::invalid_argument&) {
      return "invalid_argument";
    }
    return "no exception";
  };
  me.report("too little",
            outcome([&] { lab::Ring::create(here.first(lab::Ring::least_memory - 8)); }));
  me.report("least", outcome([&] { lab::Ring::create(here.first(lab::Ring::least_memory)); }));
  lab::Ring ring = lab::Ring::create(here);
  me.report("max", static_cast<std::int64_t>(ring.max_frame()));
  me.report("longest", ring.loan(ring.max_frame()) ? "room" : "no room");
  me.report("too long", outcome([&] { (void)ring.loan(ring.max_frame() + 1); }));
  me.report("huge", outcome([&] { (void)ring.loan(SIZE_MAX - 4); }));
  me.report("other end", static_cast<std::int64_t>(lab::Ring::open(here).max_frame()));
}

CHECK(Ring, RefusesWhatNeverFits, part('B'), behaviour, points(2),
      "a frame that can never fit, and memory that is too small, are refused") {
  const auto place = memory::place(random, random.between(200, 900) * 8);
  const RunResult run =
      explore(Scenario().with(place.told(Cast(measurer), 3)).about("Full and empty"));
  const RoleResult& role = run.only();
  const auto expect = [&](std::string_view tag, const std::string& expected,
                          const std::string& what) {
    if (role.last(tag) == expected) return;
    fail(Finding::wrong_result, what + ": " + role.last(tag) + ". Expected: " + expected + ".",
         "Full and empty");
  };
  expect("too little", "invalid_argument", "create() with 8 bytes less than least_memory");
  expect("least", "no exception", "create() with least_memory bytes");
  const std::size_t longest = memory::number_in(role.last("max"));
  if (longest < place.size * 3 / 8 || longest > place.size) {
    fail(Finding::wrong_result,
         "max_frame() of a ring in " + std::to_string(place.size) + " bytes is " +
             role.last("max") + ". It has to be at least 3/8 of that.",
         "Full and empty");
  }
  expect("longest", "room", "loan(max_frame()) of an empty ring");
  expect("too long", "length_error", "loan(max_frame() + 1)");
  expect("huge", "length_error", "loan() of nearly 2^64 bytes");
  expect("other end", role.last("max"), "max_frame() at the other end");
}

// Two processes ----------------------------------------------------------------------------------

ROLE(giver) {
  lab::Ring ring = lab::Ring::create(memory::map(me));
  const auto sizes = memory::sizes_in(me.text("sizes"));
  std::size_t at = 0;
  for (const auto piece : memory::pieces(me.payload(), sizes)) {
    const auto room = ring.loan(piece.size());
    if (!room) break;
    std::copy(piece.begin(), piece.end(), room->begin());
    ring.publish();
    ++at;
  }
  me.report("pushed", static_cast<std::int64_t>(at));
  me.wait_for_judge();
}

ROLE(taker) {
  const auto memory = memory::map(me);
  me.report("waits", "");
  me.wait_for_judge();
  lab::Ring ring = lab::Ring::open(memory);
  while (const auto frame = ring.borrow()) {
    me.report("frame", *frame);
    ring.release();
  }
}

CHECK(Ring, LiesInTheMemoryAlone, part('B'), mechanism, points(4),
      "two processes share a ring that each has mapped at another address") {
  const auto place = memory::place(random, 8192);
  std::vector<std::size_t> sizes;
  std::size_t sum = 0;
  for (int i = 0; i < 12; ++i) sum += sizes.emplace_back(random.between(0, 150));
  const Bytes payload = random.bytes(sum);
  int act = 0;
  const RunResult run = explore(
      Scenario()
          .with(place.told(Cast(giver).give("sizes", memory::listed(sizes)).payload(payload), 1))
          .with(place.told(Cast(taker), random.between(100, 9000)))
          .when_quiet([&](Observer& seen) {
            ++act;
            if (act == 1) return seen.let_go(taker), true;
            if (act == 2) return seen.let_go(giver), true;
            return false;
          })
          .about("No pointers"));
  const std::vector<std::string> got = run.of(taker).all("frame");
  const auto pieces = memory::pieces(payload, sizes);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string frame = i < got.size() ? got[i] : "";
    const std::string differs =
        i < got.size() ? difference(pieces[i], as_bytes(frame)) : "borrow() found none.";
    if (differs.empty()) continue;
    fail(Finding::wrong_mechanism,
         "One process has published " + std::to_string(sizes.size()) +
             " frames, and another, which has the memory mapped elsewhere, takes them out. Of "
             "frame number " +
             std::to_string(i + 1) + ": " + differs +
             " All that both have to know lies in the memory, and none of it is an address.",
         "No pointers");
  }
}
