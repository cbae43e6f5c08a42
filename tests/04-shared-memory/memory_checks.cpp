// The checks that run the build with AddressSanitizer and UndefinedBehaviorSanitizer, and their
// roles: no other file's are in that build. How well the work is done is the business of the other
// checks; but the work has to be done here, too.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "bulletin.h"
#include "channel.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "memory.h"
#include "ring.h"

using namespace judge;

// A ring in memory from the heap, behind which the sanitizer watches.
ROLE(rings) {
  for (const std::size_t size : memory::sizes_in(me.text("sizes"))) {
    auto* begin = static_cast<std::byte*>(std::aligned_alloc(64, size));
    const std::span<std::byte> memory(begin, size);
    lab::Ring producer = lab::Ring::create(memory);
    lab::Ring consumer = lab::Ring::open(memory);
    std::size_t through = 0, length = 0;
    for (int i = 0; i < 300; ++i) {
      length = (length * 7 + 13) % (producer.max_frame() + 1);
      const auto room = producer.loan(length);
      if (room) {
        std::memset(room->data(), i, length);
        producer.publish();
      }
      if (i % 3 == 0 && room) continue;
      while (const auto frame = consumer.borrow()) {
        through += frame->size();
        consumer.release();
      }
    }
    me.report("through", through > size ? "much" : "little");
    std::free(begin);
  }
}

CHECK(Ring, StaysInsideItsMemory, part('B'), hygiene, points(2),
      "a ring touches no byte outside its memory") {
  std::vector<std::size_t> sizes{1024};
  for (int i = 0; i < 4; ++i) sizes.push_back(random.between(17, 90) * 64);
  const RunResult run = explore(
      Scenario().with(Cast(rings).give("sizes", memory::listed(sizes))).on(Build::sanitized));
  if (run.only().all("through") != std::vector<std::string>(sizes.size(), "much")) {
    expect_work("Of 300 frames less went through the ring than it has memory.");
  }
}

ROLE(publisher) {
  const std::string& path = me.text("path");
  for (const std::size_t size : memory::sizes_in(me.text("sizes"))) {
    const std::string file = path + std::to_string(size);
    {
      lab::BulletinWriter writer(file, size);
      const lab::BulletinReader reader(file);
      for (int i = 1; i <= 3; ++i) {
        std::vector<std::byte> state(size, static_cast<std::byte>(i)), seen(size);
        writer.put_up(state);
        me.report("seen", reader.look(seen) == static_cast<std::uint64_t>(i) && seen == state
                              ? "the state"
                              : "another");
      }
    }
    ::unlink(file.c_str());
  }
}

CHECK(Bulletin, LeavesNothingBehind, part('D'), hygiene, points(3),
      "a bulletin touches only its memory, and leaves nothing open or mapped") {
  std::vector<std::size_t> sizes{8, 65536};
  for (int i = 0; i < 3; ++i) sizes.push_back(random.between(2, 900) * 8);
  for (const Build build : {Build::plain, Build::sanitized}) {
    const RunResult run = explore(Scenario()
                                      .with(Cast(publisher)
                                                .give("path", scratch() + "/" + random.word(8))
                                                .give("sizes", memory::listed(sizes)))
                                      .on(build)
                                      .about("Leaving no trace"));
    const RoleResult& role = run.only();
    if (!role.mappings.empty()) {
      fail(Finding::leak, "Still mapped: " + joined(role.mappings) + ".", "Leaving no trace");
    }
    if (!role.leaks.empty()) {
      fail(Finding::leak,
           "Still open: descriptor " + std::to_string(role.leaks[0].fd) + ", " +
               role.leaks[0].object + ".",
           "Leaving no trace");
    }
    if (!run.litter.empty()) {
      fail(Finding::leak, "Left behind: " + joined(run.litter) + ".", "Leaving no trace");
    }
    if (role.all("seen") != std::vector<std::string>(3 * sizes.size(), "the state")) {
      expect_work("A state that was put up was not what a reader saw.");
    }
  }
}
