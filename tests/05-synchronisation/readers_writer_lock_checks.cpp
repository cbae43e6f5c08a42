#include <csignal>

#include "actors.h"
#include "common/judge/check.h"
#include "stage.h"

using namespace judge;
using namespace stage;

// Part C -----------------------------------------------------------------------------------------

namespace {

// A handler that does nothing: what it interrupts comes back with EINTR.
[[maybe_unused]] void be_interrupted() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &action, nullptr);
}

}  // namespace

ROLE(lock_maker) { actors::make_lock(me); }
ROLE(reader) {
  be_interrupted();
  actors::use_lock(me);
}
ROLE(reader_2) {
  be_interrupted();
  actors::use_lock(me);
}
ROLE(writer) {
  be_interrupted();
  actors::use_lock(me);
}
ROLE(writer_2) {
  be_interrupted();
  actors::use_lock(me);
}

namespace {

bool is_in(Observer& seen, Role role) {
  const RoleResult& result = seen.so_far(role);
  return count(result, "in") > count(result, "out");
}

std::string in(Observer& seen, const std::vector<Role>& roles) {
  std::vector<std::string> names;
  for (const Role role : roles) {
    if (is_in(seen, role)) names.emplace_back(std::string("`") + role.name + "`");
  }
  return names.empty() ? "nobody" : joined(names);
}

// Lets somebody go, and says who is to be inside when everybody waits the next time.
struct Turn {
  Role goes;
  std::vector<Role> inside;
  std::string otherwise;  // what is to be said if they are not
};

void play(Acts& acts, const std::vector<Role>& roles, std::vector<Turn> turns) {
  for (std::size_t i = 0; i <= turns.size(); ++i) {
    acts.then([=](Observer& seen) -> std::string {
      if (i > 0) {
        const Turn& before = turns[i - 1];
        for (const Role role : roles) {
          const bool expected =
              std::any_of(before.inside.begin(), before.inside.end(),
                          [&](const Role& one) { return std::string(one.name) == role.name; });
          if (is_in(seen, role) != expected) {
            return before.otherwise + " Inside is: " + in(seen, roles) + ".";
          }
        }
      }
      if (i < turns.size()) seen.let_go(turns[i].goes);
      return "";
    });
  }
}

}  // namespace

CHECK(ReadersWriterLock, LetsReadersInTogether, part('C'), behaviour, points(4),
      "readers are inside together, a writer alone") {
  const std::vector<Role> roles{reader, reader_2, writer, writer_2};
  Acts acts({lock_maker, reader, reader_2, writer, writer_2});
  const std::string free = "Nobody is inside and nobody waits, so that whoever comes gets in.";
  const std::string alone = "A writer is inside, and has to be alone until it unlocks.";
  play(acts, roles,
       {{reader, {reader}, free},
        {reader_2,
         {reader, reader_2},
         "A reader is inside and no writer has come. A second reader has to get in, too."},
        {reader_2, {reader}, "Of two readers one has left."},
        {reader, {}, "The last reader has left."},
        {writer, {writer}, free},
        {writer_2, {writer}, alone},
        {writer,
         {writer_2},
         "A writer has left, and another one waits. That one has to get in now."},
        {reader, {writer_2}, alone},
        {reader_2, {writer_2}, alone},
        {writer_2,
         {reader, reader_2},
         "The writer has left, and two readers wait. Both have to get in now."},
        {reader, {reader_2}, "Of two readers one has left."},
        {reader_2, {}, "The last reader has left."},
        {writer, {writer}, free},
        {writer, {}, "The writer has left."}});
  const RunResult run = explore(Scene(scratch(), random, lock_maker, 0)
                                    .with(reader, "wRwrwRwr")
                                    .with(reader_2, "wRwrwRwr")
                                    .with(writer, "wLwlwLwl")
                                    .with(writer_2, "wLwl")
                                    .scenario("Who goes first")
                                    .when_quiet([&](Observer& seen) { return acts(seen); })
                                    .may_be_killed());
  if (!acts.wrong().empty()) fail(Finding::wrong_result, acts.wrong(), "Who goes first");
  expect_work(count(run.of(writer), "out") == 2 ? "" : "A writer did not come to its end.");
}

CHECK(ReadersWriterLock, StarvesNoWriter, part('C'), synchronisation, points(3),
      "while a writer waits, no other reader gets in before it") {
  const std::vector<Role> roles{reader, reader_2, writer};
  Acts acts({lock_maker, reader, reader_2, writer});
  const std::string situation =
      "A reader was inside when a writer came, and then a second reader. The second reader has to "
      "get in after the writer: if readers could go on coming, the writer would wait for ever.";
  play(acts, roles,
       {{reader, {reader}, "Nobody is inside, and a reader comes."},
        {writer, {reader}, "A reader is inside, and a writer came. It has to wait."},
        {reader_2, {reader}, situation},
        {reader, {writer}, situation + " Now the first reader has left."},
        {reader, {writer}, "A writer is inside, and has to be alone until it unlocks."},
        {writer, {reader, reader_2}, "The writer has left, and two readers wait."},
        {reader_2, {reader}, "Of two readers one has left."},
        {reader, {}, ""}});
  explore(Scene(scratch(), random, lock_maker, 0)
              .with(reader, "wRwrwRwr")
              .with(reader_2, "wRwr")
              .with(writer, "wLwl")
              .scenario("Who goes first")
              .when_quiet([&](Observer& seen) { return acts(seen); })
              .may_be_killed());
  if (!acts.wrong().empty()) fail(Finding::wrong_result, acts.wrong(), "Who goes first");
}

CHECK(ReadersWriterLock, StarvesNoReader, part('C'), synchronisation, points(3),
      "a writer that comes while a reader waits gets in after that reader") {
  const std::vector<Role> roles{reader, writer, writer_2};
  Acts acts({lock_maker, reader, writer, writer_2});
  const std::string situation =
      "A writer was inside when a reader came, and then a second writer. When the first writer "
      "leaves, the reader has to get in before the second: if writers could go on coming, the "
      "reader would wait for ever.";
  play(acts, roles,
       {{writer, {writer}, "Nobody is inside, and a writer comes."},
        {reader, {writer}, "A writer is inside, and has to be alone until it unlocks."},
        {writer_2, {writer}, "A writer is inside, and has to be alone until it unlocks."},
        {writer, {reader}, situation},
        {reader, {writer_2}, "The reader has left, and a writer waits. It has to get in now."},
        // The same once more, with the other writer in the first one's place.
        {reader, {writer_2}, "A writer is inside, and has to be alone until it unlocks."},
        {writer, {writer_2}, "A writer is inside, and has to be alone until it unlocks."},
        {writer_2, {reader}, situation},
        {reader, {writer}, "The reader has left, and a writer waits. It has to get in now."},
        {writer, {}, ""}});
  explore(Scene(scratch(), random, lock_maker, 0)
              .with(reader, "wRwrwRwr")
              .with(writer, "wLwlwLwl")
              .with(writer_2, "wLwl")
              .scenario("Who goes first")
              .when_quiet([&](Observer& seen) { return acts(seen); })
              .may_be_killed());
  if (!acts.wrong().empty()) fail(Finding::wrong_result, acts.wrong(), "Who goes first");
}

CHECK(ReadersWriterLock, IsNotOpenedByASignal, part('C'), faults, points(3),
      "a signal handler that interrupts the wait lets nobody in") {
  Acts acts({lock_maker, reader, writer});
  const std::string interrupted =
      "A signal handler has run in a process that waited for the lock. Its sem_wait came back with "
      "-1 and EINTR: it has got nothing, and has to wait on.";
  acts.then([&](Observer& seen) -> std::string {
        seen.let_go(writer);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        seen.let_go(reader);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (!is_in(seen, writer) || is_in(seen, reader)) {
          return "A writer is inside, and has to be alone until it unlocks.";
        }
        seen.signal(reader, SIGUSR1);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (is_in(seen, reader)) return interrupted + " A reader is inside now, beside a writer.";
        if (seen.finished(reader)) return "";
        seen.let_go(writer);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (!is_in(seen, reader)) return "The writer has left, and the reader still waits.";
        seen.let_go(writer);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        seen.signal(writer, SIGUSR1);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (is_in(seen, writer)) return interrupted + " A writer is inside now, beside a reader.";
        seen.let_go(reader);
        return "";
      })
      .then([&](Observer& seen) -> std::string {
        if (!is_in(seen, writer)) return "The reader has left, and the writer still waits.";
        seen.let_go(writer);
        return "";
      });
  const RunResult run = explore(Scene(scratch(), random, lock_maker, 0)
                                    .with(reader, "wRwr")
                                    .with(writer, "wLwlwLwl")
                                    .scenario("Interrupted waits")
                                    .when_quiet([&](Observer& seen) { return acts(seen); })
                                    .may_be_killed()
                                    .may_throw());
  for (const Role role : {reader, writer}) {
    if (run.of(role).how.empty() || run.of(role).how == "returned") continue;
    fail(Finding::unhandled_fault, interrupted + " It threw instead: " + run.of(role).what + ".",
         "Interrupted waits");
  }
  if (!acts.wrong().empty()) fail(Finding::unhandled_fault, acts.wrong(), "Interrupted waits");
}
