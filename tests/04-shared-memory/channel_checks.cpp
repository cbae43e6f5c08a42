#include <string>
#include <vector>

#include "channel.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "memory.h"

using namespace judge;

/// Part C: Channel, by itself. What has to be right in every schedule is in schedule_checks.cpp.

// Sends what it is given, and waits in between where it is told to.
ROLE(speaker) {
  const auto memory = memory::map(me);
  lab::Channel channel = lab::Channel::create(memory);
  const auto sizes = memory::sizes_in(me.text("sizes"));
  me.report("made", "");
  me.wait_for_judge();
  std::size_t sent = 0;
  for (const auto piece : memory::pieces(me.payload(), sizes)) {
    if (sent == static_cast<std::size_t>(me.number("pause after"))) {
      me.report("paused", "");
      me.wait_for_judge();
    }
    channel.send(piece);
    me.report("sent", static_cast<std::int64_t>(++sent));
  }
  channel.close();
}

ROLE(listener) {
  const auto memory = memory::map(me);
  me.report("waits", "");
  me.wait_for_judge();
  lab::Channel channel = lab::Channel::open(memory);
  std::vector<std::byte> message(5, std::byte{1});
  while (channel.receive(message)) me.report("message", message);
  me.report("end", "the sender has closed");
}

CHECK(Channel, CarriesMessagesOfAnyLength, part('C'), behaviour, points(5),
      "messages of any length arrive, also those that are longer than the memory") {
  const auto place = memory::place(random, random.between(256, 1000) * 8);
  std::vector<std::size_t> sizes{0, 1, place.size * 3 + 1, place.size / 2, 0};
  for (int i = 0; i < 30; ++i) sizes.push_back(random.between(0, 200));
  for (int i = 0; i < 4; ++i) sizes.push_back(random.between(place.size / 4, place.size * 2));
  random.shuffle(sizes);
  std::size_t sum = 0;
  for (const std::size_t size : sizes) sum += size;
  const Bytes payload = random.bytes(sum);
  int act = 0;
  const RunResult run = explore(Scenario()
                                    .with(place.told(Cast(speaker)
                                                         .give("sizes", memory::listed(sizes))
                                                         .give("pause after", std::int64_t{-1})
                                                         .payload(payload),
                                                     1))
                                    .with(place.told(Cast(listener), random.between(10, 500)))
                                    .when_quiet([&](Observer& seen) {
                                      // First the channel, then its sender; the receiver when that
                                      // can go no further.
                                      ++act;
                                      if (act == 1) return seen.let_go(speaker), true;
                                      if (act == 2) return seen.let_go(listener), true;
                                      return false;
                                    })
                                    .with_timeouts()
                                    .about("Part C: sleep instead of spin"));
  const std::vector<std::string> got = run.of(listener).all("message");
  const auto pieces = memory::pieces(payload, sizes);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string differs =
        i < got.size() ? difference(pieces[i], as_bytes(got[i])) : "It did not arrive.";
    if (differs.empty()) continue;
    fail(Finding::wrong_result,
         "Of message number " + std::to_string(i + 1) + ", " + std::to_string(sizes[i]) +
             " bytes long, in a channel of " + std::to_string(place.size) + " bytes: " + differs,
         "Part C: sleep instead of spin");
  }
  if (got.size() > pieces.size()) {
    fail(Finding::wrong_result,
         std::to_string(pieces.size()) + " messages were sent, and " + std::to_string(got.size()) +
             " arrived.",
         "Part C: sleep instead of spin");
  }
  if (run.of(listener).reported("end") == nullptr) {
    fail(Finding::wrong_result, "The sender has closed, and receive() did not return false.",
         "Part C: sleep instead of spin");
  }
}

CHECK(Channel, SleepsWhileThereIsNothingToDo, part('C'), mechanism, points(4),
      "who waits for a message, or for room, uses no processor") {
  const auto place = memory::place(random, 4096);
  const std::size_t before = random.between(1, 3);
  std::vector<std::size_t> sizes(before, random.between(1, 60));
  sizes.push_back(place.size * 4);
  std::size_t sum = 0;
  for (const std::size_t size : sizes) sum += size;
  const Bytes payload = random.bytes(sum);
  int act = 0;
  bool listener_waited = false, speaker_waited = false;
  explore(Scenario()
              .with(place.told(Cast(speaker)
                                   .give("sizes", memory::listed(sizes))
                                   .give("pause after", static_cast<std::int64_t>(before))
                                   .payload(payload),
                               1))
              .with(place.told(Cast(listener), random.between(10, 500)))
              .when_quiet([&](Observer& seen) {
                ++act;
                // The speaker sends, and pauses; the listener takes all, and sleeps; the speaker
                // goes on.
                if (act == 1) return seen.let_go(speaker), true;
                if (act == 2) return seen.let_go(listener), true;
                if (act == 3) {
                  listener_waited = seen.so_far(listener).all("message").size() == before;
                  return seen.let_go(speaker), true;
                }
                return false;
              })
              .with_timeouts()
              .about("Part C: sleep instead of spin"));
  if (!listener_waited) {
    fail(Finding::wrong_result,
         std::to_string(before) +
             " messages were sent. Then all was quiet, and not all of them had been received.",
         "Part C: sleep instead of spin");
  }
  // And the other way round: nobody receives.
  act = 0;
  explore(Scenario()
              .with(place.told(Cast(speaker)
                                   .give("sizes", memory::listed(sizes))
                                   .give("pause after", std::int64_t{-1})
                                   .payload(payload),
                               1))
              .with(place.told(Cast(listener), random.between(10, 500)))
              .when_quiet([&](Observer& seen) {
                ++act;
                if (act == 1) return seen.let_go(speaker), true;
                if (act == 2) {
                  speaker_waited = seen.so_far(speaker).all("sent").size() == before;
                  return seen.let_go(listener), true;
                }
                return false;
              })
              .with_timeouts()
              .about("Part C: sleep instead of spin"));
  if (!speaker_waited) {
    fail(Finding::wrong_result,
         "Nobody received, and send() of a message of " + std::to_string(place.size * 4) +
             " bytes returned, in a channel of " + std::to_string(place.size) + " bytes.",
         "Part C: sleep instead of spin");
  }
}
