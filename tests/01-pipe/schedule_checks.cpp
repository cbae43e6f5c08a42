#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "callers.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "exchange.h"
#include "frames.h"
#include "journal.h"
#include "stages.h"

using namespace judge;
using namespace pipelines;

/// What has to be right whoever is faster: here nobody but the processes themselves is at the other
/// end of a pipe, and the engine decides who runs.

namespace {

// Everything until the end of the stream.
[[maybe_unused]] Bytes all_of(int fd) {
  Bytes all;
  char piece[256];
  for (ssize_t n = 0; (n = ::read(fd, piece, sizeof piece)) > 0;) {
    const auto bytes = std::as_bytes(std::span(piece, static_cast<std::size_t>(n)));
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

}  // namespace

// Part B: frames ---------------------------------------------------------------------------------

// Writes its payload as three frames, and says after each that it has.
ROLE(sender) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto payload = me.payload();
  const std::size_t third = payload.size() / 3;
  for (std::size_t i = 0; i < 3; ++i) {
    lab::write_frame(me.fd("out"), payload.subspan(i * third, third));
    me.report("sent", "");
  }
}

ROLE(receiver) {
  try {
    while (auto payload = lab::read_frame(me.fd("in"), 100'000)) me.report("frame", *payload);
    me.report("end", "the end of the stream");
  } catch (const lab::TruncatedFrame&) {
    me.report("end", "TruncatedFrame");
  }
}

CHECK(Frames, CrossInEverySchedule, part('B'), synchronisation, points(2),
      "whenever the writer is killed, what it has sent arrives") {
  const Bytes payload = random.bytes(3 * 1500);
  const auto scenario = [&] {
    Channel channel(4096);  // less than all of it: the two have to take turns
    return Scenario()
        .about("Frames")
        .with(Cast(sender).payload(payload).give("out", std::move(channel.write_end)))
        .with(Cast(receiver).give("in", std::move(channel.read_end)));
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    const auto got = run.of(receiver).all("frame");
    const std::size_t sent = run.of(sender).all("sent").size();
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::size_t third = payload.size() / 3;
      const std::string text =
          i < 3 ? difference(std::span(payload).subspan(i * third, third), as_bytes(got[i]))
                : "There were no more than three.";
      if (!text.empty()) return "Of frame " + std::to_string(i + 1) + ": " + text;
    }
    if (got.size() < sent) {
      return std::to_string(sent) + " frames were sent before the writer ended, and only " +
             std::to_string(got.size()) + " came out of read_frame.";
    }
    const std::string end = run.of(receiver).last("end");
    if (sent == 3 && end != "the end of the stream") {
      return "All three frames were sent, and read_frame came to " + end +
             " behind them. It has to return nothing.";
    }
    return "";
  };
  explore({.killed = sender}, scenario, wrong);
}

// Part C: a pipeline -----------------------------------------------------------------------------

// Stages, for where the engine is: there nothing is started that it does not control.
PROGRAM(cat) {
  char piece[256];
  for (ssize_t n = 0; (n = ::read(0, piece, sizeof piece)) > 0;) {
    if (::write(1, piece, static_cast<std::size_t>(n)) != n) return 1;
  }
  return 0;
}

PROGRAM(yes) {
  while (::write(1, "y\n", 2) == 2) {
  }
  return 1;
}

PROGRAM(head) {
  char piece[256];
  const ssize_t n = ::read(0, piece, sizeof piece);
  if (n <= 0) return 1;
  const auto* end = static_cast<const char*>(std::memchr(piece, '\n', static_cast<std::size_t>(n)));
  const auto size = static_cast<std::size_t>(end != nullptr ? end + 1 - piece : n);
  return ::write(1, piece, size) == static_cast<ssize_t>(size) ? 0 : 1;
}

ROLE(feeder) {
  std::signal(SIGPIPE, SIG_IGN);
  (void)!::write(me.fd("out"), me.payload().data(), me.payload().size());
}

ROLE(shell) {
  run_all(me);
  ::close(STDOUT_FILENO);
}

ROLE(collector) { me.report("came", all_of(me.fd("in"))); }

CHECK(Pipeline, EndsInEverySchedule, part('C'), synchronisation, points(2),
      "a pipeline ends, whichever of its processes is faster") {
  struct Case {
    Pipeline stages;
    Bytes fed;
    std::string comes;
    std::vector<int> statuses;
  };
  const std::string word = random.word(20) + "\n";
  for (const Case& one : {Case{{{"cat"}, {"cat"}}, to_bytes(word), word, {0, 0}},
                          Case{{{"yes"}, {"head", "-n", "1"}}, {}, "y\n", {141, 0}}}) {
    const auto scenario = [&] {
      Channel in, out;
      return Scenario()
          .about("Which end closes where")
          .with(Cast(feeder).payload(one.fed).give("out", std::move(in.write_end)))
          .with(calling(shell, {one.stages})
                    .give("stdin", std::move(in.read_end))
                    .give("stdout", std::move(out.write_end)))
          .with(Cast(collector).give("in", std::move(out.read_end)));
    };
    const auto wrong = [&](const RunResult& run) -> std::string {
      std::string text = wrong_statuses(one.stages, one.statuses, returned(run.of(shell), 0));
      if (!text.empty()) return text;
      const Bytes* came = run.of(collector).reported("came");
      text = came == nullptr ? "Nothing." : difference(to_bytes(one.comes), *came);
      return text.empty() ? "" : "Out of `" + in_bash(one.stages) + "` came: " + text;
    };
    explore({.count = 60}, scenario, wrong);
  }
}

// Part D: a named pipe ---------------------------------------------------------------------------

// Opens the journal, waits until the other one has, too, and appends two records.
ROLE(writer_a) {
  std::signal(SIGPIPE, SIG_IGN);
  ::mkfifo(me.text("path").c_str(), 0600);
  lab::JournalWriter journal(me.text("path"));
  (void)!::write(me.fd("i am there"), "!", 1);
  char is_there = 0;
  (void)!::read(me.fd("are you there"), &is_there, 1);
  journal.append(me.text("first"));
  journal.append(me.text("second"));
}

ROLE(writer_b) { ipclab_body_writer_a(me); }

ROLE(follower) {
  ::mkfifo(me.text("path").c_str(), 0600);
  for (const std::string& line : lab::read_journal(me.text("path"))) me.report("line", line);
}

CHECK(Journal, IsWholeInEverySchedule, part('D'), synchronisation, points(2),
      "all records of two writers arrive whole, whoever is faster") {
  const std::string path = scratch() + "/" + random.word(8);
  const std::vector<std::string> a{random.word(12), random.word(9)};
  const std::vector<std::string> b{random.word(11), random.word(14)};
  const auto scenario = [&] {
    Channel to_a, to_b;
    return Scenario()
        .about("Atomic records")
        .with(Cast(writer_a)
                  .give("path", path)
                  .give("first", a[0])
                  .give("second", a[1])
                  .give("i am there", std::move(to_b.write_end))
                  .give("are you there", std::move(to_a.read_end)))
        .with(Cast(writer_b)
                  .give("path", path)
                  .give("first", b[0])
                  .give("second", b[1])
                  .give("i am there", std::move(to_a.write_end))
                  .give("are you there", std::move(to_b.read_end)))
        .with(Cast(follower).give("path", path));
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    std::size_t from_a = 0, from_b = 0;
    for (const std::string& line : run.of(follower).all("line")) {
      if (from_a < 2 && line == a[from_a]) {
        ++from_a;
      } else if (from_b < 2 && line == b[from_b]) {
        ++from_b;
      } else {
        return "read_journal returned the line \"" + line.substr(0, 60) +
               "\". It is no record of either writer, or it is out of its writer's order.";
      }
    }
    if (from_a + from_b == 4) return "";
    return "Two writers appended two records each, and read_journal returned " +
           std::to_string(from_a + from_b) +
           " of them. It has to go on until the last writer has "
           "closed the FIFO.";
  };
  explore({}, scenario, wrong);
}

// Part E: both ways ------------------------------------------------------------------------------

ROLE(one_side) {
  std::signal(SIGPIPE, SIG_IGN);
  me.report("got", lab::exchange(me.fd("out"), me.fd("in"), me.payload(),
                                 static_cast<std::size_t>(me.number("expected"))));
}

ROLE(other_side) { ipclab_body_one_side(me); }

CHECK(Exchange, EndsInEverySchedule, part('E'), synchronisation, points(2),
      "exchange ends, whichever of the two processes is faster") {
  // More than their pipes hold, and less.
  for (const std::size_t size : {std::size_t{6000}, random.between(1, 100)}) {
    const Bytes from_one = random.bytes(size), from_other = random.bytes(size);
    const auto scenario = [&] {
      Channel there(4096), back(4096);
      const auto number = static_cast<std::int64_t>(size);
      return Scenario()
          .about("Who writes first")
          .with(Cast(one_side)
                    .payload(from_one)
                    .give("expected", number)
                    .give("out", std::move(there.write_end))
                    .give("in", std::move(back.read_end)))
          .with(Cast(other_side)
                    .payload(from_other)
                    .give("expected", number)
                    .give("out", std::move(back.write_end))
                    .give("in", std::move(there.read_end)));
    };
    const auto wrong = [&](const RunResult& run) -> std::string {
      const Bytes* one = run.of(one_side).reported("got");
      const Bytes* other = run.of(other_side).reported("got");
      if (one == nullptr || other == nullptr) return "exchange returned nothing.";
      const std::string text = difference(from_other, *one);
      return text.empty() ? difference(from_one, *other) : text;
    };
    explore({.count = 60}, scenario, wrong);
  }
}
