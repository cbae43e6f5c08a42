#include <cerrno>
#include <csignal>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "stream.h"

using namespace judge;
using subject::FaultRule;

namespace {

constexpr std::uint32_t always = UINT32_MAX;

// The n-th call fails with `error`; every other one takes at most `most` bytes, so that there is
// more than one.
FaultRule nth(std::uint32_t calls, std::uint32_t n, int error) { return {calls, n, 1, error, 0}; }
FaultRule short_counts(std::uint32_t calls, std::size_t most) {
  return {calls, 1, always, 0, static_cast<std::uint32_t>(most)};
}

std::string when(const RoleResult& role) {
  return role.faults.empty() ? "" : "When " + role.faults + ": ";
}

// From now on SIGUSR1 interrupts a blocked call: the handler does nothing, and no SA_RESTART asks
// the kernel to go on by itself.
[[maybe_unused]] void interruptible() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &action, nullptr);
}

}  // namespace

// Part A -----------------------------------------------------------------------------------------

ROLE(writer) {
  std::signal(SIGPIPE, SIG_IGN);
  interruptible();
  lab::write_all(me.fd("out"), me.payload());
}

ROLE(writer_to_nowhere) { lab::write_all(static_cast<int>(me.number("fd")), me.payload()); }

// Reads as often as it is told, and tells the count and the whole buffer each time.
ROLE(reader) {
  interruptible();
  const auto before = static_cast<std::byte>(me.number("before"));
  for (std::int64_t i = 0; i < me.number("times"); ++i) {
    std::vector<std::byte> buffer(static_cast<std::size_t>(me.number("size")), before);
    const std::size_t count = lab::read_full(me.fd("in"), buffer);
    me.report("count", static_cast<std::int64_t>(count));
    me.report("buffer", buffer);
  }
}

CHECK(WriteAll, DeliversEveryByte, part('A'), behaviour, points(3),
      "write_all delivers every byte, however many there are") {
  const std::size_t small = random.between(2, 4000);
  const std::size_t large = random.between(70'000, 300'000);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, small, large}) {
    Sink sink;
    const Bytes sent = random.bytes(size);
    explore(Scenario().with(Cast(writer).payload(sent).give("out", sink.write_end())).with(sink));
    if (const std::string text = difference(sent, sink.bytes()); !text.empty()) {
      fail(Finding::wrong_result, "write_all was given " + std::to_string(size) + " bytes. " + text,
           "Short counts");
    }
  }
}

CHECK(ReadFull, FillsTheBufferFromAnyPieces, part('A'), behaviour, points(3),
      "read_full fills its buffer, in whatever pieces the bytes come") {
  const std::size_t size = random.between(100, 5000);
  const std::size_t last = random.between(1, size - 1);
  const Bytes sent = random.bytes(2 * size + last);
  std::vector<std::size_t> pieces;
  for (int i = 0; i < 40; ++i) pieces.push_back(random.between(1, size / 2));
  const auto before = static_cast<std::byte>(random.between(1, 255));
  Source source(sent, {.pieces = pieces});
  const RunResult run = explore(Scenario()
                                    .with(Cast(reader)
                                              .give("in", source.read_end())
                                              .give("size", static_cast<std::int64_t>(size))
                                              .give("times", 4)
                                              .give("before", static_cast<std::int64_t>(before)))
                                    .with(source));
  const auto counts = run.only().all("count");
  const auto buffers = run.only().all("buffer");
  const std::vector<std::size_t> expected{size, size, last, 0};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string call = "read_full was called with a buffer of " + std::to_string(size) +
                             " bytes, and the stream had " +
                             std::to_string(i < 2 ? 2 * size + last - i * size : expected[i]) +
                             " bytes left";
    if (i >= counts.size() || i >= buffers.size()) fail(Finding::wrong_result, call + ".", "");
    if (counts[i] != std::to_string(expected[i])) {
      fail(Finding::wrong_result,
           call + ": it has to return " + std::to_string(expected[i]) + ", and returned " +
               counts[i] + ". (The bytes came in several pieces.)",
           expected[i] < size ? "End of file is not an error" : "Short counts");
    }
    Bytes buffer(sent.begin() + static_cast<std::ptrdiff_t>(std::min(i, std::size_t{2}) * size),
                 sent.begin() + static_cast<std::ptrdiff_t>(std::min(i, std::size_t{2}) * size +
                                                            (i < 3 ? expected[i] : 0)));
    buffer.resize(size, before);
    if (to_bytes(buffers[i]) != buffer) {
      const auto filled = std::span(buffer).first(expected[i]);
      const Bytes got = to_bytes(buffers[i]);
      const std::string text = difference(filled, std::span(got).first(expected[i]));
      fail(Finding::wrong_result,
           call + ". " +
               (text.empty() ? "It changed the buffer behind the " + counts[i] +
                                   " bytes that it returned as read."
                             : "In the buffer: " + text),
           "Short counts");
    }
  }
}

CHECK(ReadFull, TakesNothingPastTheBuffer, part('A'), behaviour, points(2),
      "read_full leaves what follows in the stream for the next call") {
  const std::size_t size = random.between(1, 2000);
  const std::size_t rest = random.between(1, 2000);
  Source source(random.bytes(size + rest), {});
  source.keep_read_end();
  explore(Scenario()
              .with(Cast(reader)
                        .give("in", source.read_end())
                        .give("size", static_cast<std::int64_t>(size))
                        .give("times", 1)
                        .give("before", 0))
              .with(source));
  if (source.left() != rest) {
    fail(Finding::wrong_result,
         "The stream held " + std::to_string(size + rest) + " bytes and the buffer " +
             std::to_string(size) + ": " + std::to_string(rest) +
             " bytes have to stay in the pipe, and " + std::to_string(source.left()) +
             " did. Whoever reads next misses the others.",
         "Short counts");
  }
}

CHECK(WriteAll, SurvivesShortWritesAndSignals, part('A'), faults, points(3),
      "write_all copes with short and with interrupted writes") {
  const Bytes sent = random.bytes(random.between(40, 60));
  const std::size_t most = random.between(5, 9);
  std::optional<Sink> sink;
  const auto compare = [&](const RunResult& run, std::uint32_t) {
    if (const std::string text = difference(sent, sink->bytes()); !text.empty()) {
      const bool interrupted = run.only().met[0] > 0;
      fail(Finding::unhandled_fault, when(run.only()) + text,
           interrupted ? "Interrupted calls" : "Short counts");
    }
  };
  for_every_call(
      [&](std::uint32_t n) {
        sink.emplace();
        return Scenario()
            .with(Cast(writer)
                      .payload(sent)
                      .give("out", sink->write_end())
                      .fault(nth(subject::call_write, n + 1, EINTR))
                      .fault(short_counts(subject::call_write, most)))
            .with(*sink);
      },
      compare);
  // A real signal, while write(2) waits in the kernel with a part of the bytes written already.
  const Bytes much = random.bytes(random.between(150'000, 200'000));
  sink.emplace();
  sink->pause(true);
  bool interrupted = false;
  explore(Scenario()
              .with(Cast(writer).payload(much).give("out", sink->write_end()))
              .with(*sink)
              .when_quiet([&](Observer& observer) {
                if (!std::exchange(interrupted, true)) {
                  observer.signal(writer, SIGUSR1);
                } else if (sink->paused()) {
                  sink->pause(false);
                } else {
                  return false;
                }
                return true;
              }));
  if (const std::string text = difference(much, sink->bytes()); !text.empty()) {
    fail(Finding::unhandled_fault,
         "A signal came while write(2) waited for room, with a part of the bytes written: the call "
         "then returns how many. " +
             text,
         "Interrupted calls");
  }
  // An interruption before anything has been written.
  sink.emplace();
  compare(explore(Scenario()
                      .with(Cast(writer)
                                .payload(sent)
                                .give("out", sink->write_end())
                                .fault({subject::call_write, 1, 3, EINTR, 0}))
                      .with(*sink)),
          0);
}

CHECK(ReadFull, SurvivesShortReadsAndSignals, part('A'), faults, points(3),
      "read_full copes with short and with interrupted reads") {
  const std::size_t size = random.between(40, 60);
  const Bytes sent = random.bytes(size + random.between(1, 20));
  const std::size_t most = random.between(5, 9);
  std::optional<Source> source;
  for_every_call(
      [&](std::uint32_t n) {
        source.emplace(sent, Source::Manner{});
        return Scenario()
            .with(Cast(reader)
                      .give("in", source->read_end())
                      .give("size", static_cast<std::int64_t>(size))
                      .give("times", 2)
                      .give("before", 0)
                      .fault(nth(subject::call_read, n, EINTR))
                      .fault(short_counts(subject::call_read, most)))
            .with(*source);
      },
      [&](const RunResult& run, std::uint32_t) {
        const auto counts = run.only().all("count");
        const auto buffers = run.only().all("buffer");
        Bytes got;
        for (std::size_t i = 0; i < counts.size() && i < buffers.size(); ++i) {
          const Bytes buffer = to_bytes(buffers[i]);
          const auto count =
              std::min<std::size_t>(std::strtoull(counts[i].c_str(), nullptr, 10), buffer.size());
          got.insert(got.end(), buffer.begin(),
                     buffer.begin() + static_cast<std::ptrdiff_t>(count));
        }
        std::string text = difference(sent, got);
        if (text.empty() && (counts.empty() || counts[0] != std::to_string(size))) {
          text = "The first call returned " + (counts.empty() ? "nothing" : counts[0]) +
                 ", and its buffer has " + std::to_string(size) + " bytes.";
        }
        if (!text.empty()) {
          fail(Finding::unhandled_fault, when(run.only()) + text,
               run.only().met[0] > 0 ? "Interrupted calls" : "Short counts");
        }
      });
  // A real signal, while read(2) waits for data that has not come yet.
  bool interrupted = false;
  Source late(random.bytes(size), {.paused = true});
  const RunResult run = explore(Scenario()
                                    .with(Cast(reader)
                                              .give("in", late.read_end())
                                              .give("size", static_cast<std::int64_t>(size))
                                              .give("times", 1)
                                              .give("before", 0))
                                    .with(late)
                                    .when_quiet([&](Observer& observer) {
                                      if (!std::exchange(interrupted, true)) {
                                        observer.signal(reader, SIGUSR1);
                                        return true;
                                      }
                                      if (late.done()) return false;
                                      late.pause(false);
                                      return true;
                                    }));
  if (run.only().all("count") != std::vector<std::string>{std::to_string(size)}) {
    fail(Finding::unhandled_fault,
         "A signal came while read(2) waited for the first byte, and then " + std::to_string(size) +
             " bytes came: read_full returned " + run.only().all("count").at(0) + ".",
         "Interrupted calls");
  }
}

CHECK(WriteAll, ThrowsOnErrors, part('A'), faults, points(2),
      "write_all says which error of write(2) stopped it") {
  const auto expect = [&](const RunResult& run, int error, const std::string& situation) {
    const RoleResult& role = run.only();
    const std::string name = ::strerrorname_np(error);
    if (role.error() == error) return;
    const std::string instead = role.how == "returned" ? "returned as if all had been written"
                                : role.how == "system-error"
                                    ? "threw ipc::SystemError (" + role.what + ")"
                                    : "threw another exception (" + role.what + ")";
    fail(Finding::unhandled_fault,
         situation + ": write_all has to throw ipc::SystemError with " + name + ", and " + instead +
             ".",
         "SIGPIPE and EPIPE");
  };
  {
    Sink sink({.close_after = random.between(1, 5000)});
    const RunResult run =
        explore(Scenario()
                    .with(Cast(writer).payload(random.bytes(300'000)).give("out", sink.write_end()))
                    .with(sink)
                    .may_throw());
    expect(run, EPIPE, "The reader closed its end early (SIGPIPE is ignored)");
  }
  const Bytes sent = random.bytes(30);
  std::optional<Sink> sink;
  for (const int error : {ENOSPC, EIO}) {
    for_every_call(
        [&](std::uint32_t n) {
          sink.emplace();
          return Scenario()
              .with(Cast(writer)
                        .payload(sent)
                        .give("out", sink->write_end())
                        .fault({subject::call_write, n, always, error, 0})
                        .fault(short_counts(subject::call_write, 11)))
              .with(*sink)
              .may_throw();
        },
        [&](const RunResult& run, std::uint32_t) {
          if (run.only().met[0] > 0) expect(run, error, "When " + run.only().faults);
        });
  }
  const RunResult run =
      explore(Scenario().with(Cast(writer_to_nowhere).payload(sent).give("fd", 700)).may_throw());
  expect(run, EBADF, "The descriptor is not open");
}

CHECK(ReadFull, TellsErrorsFromTheEnd, part('A'), faults, points(2),
      "read_full throws on an error, and returns at the end of the stream") {
  const std::size_t size = random.between(30, 40);
  std::optional<Source> source;
  for_every_call(
      [&](std::uint32_t n) {
        source.emplace(random.bytes(size), Source::Manner{.pieces = {11}});
        return Scenario()
            .with(Cast(reader)
                      .give("in", source->read_end())
                      .give("size", static_cast<std::int64_t>(size))
                      .give("times", 2)
                      .give("before", 0)
                      .fault({subject::call_read, n, always, EIO, 0}))
            .with(*source)
            .may_throw();
      },
      [&](const RunResult& run, std::uint32_t) {
        const RoleResult& role = run.only();
        const auto counts = role.all("count");
        if (role.met[0] == 0) {
          const std::vector<std::string> expected{std::to_string(size), "0"};
          if (role.how != "returned" || counts != expected) {
            fail(Finding::wrong_result,
                 "At the end of the stream read_full has to return 0: it is no error. It " +
                     (role.how == "returned" ? "returned " + role.last("count")
                                             : "threw (" + role.what + ")") +
                     ".",
                 "End of file is not an error");
          }
          return;
        }
        if (role.error() == EIO) return;
        fail(Finding::unhandled_fault,
             "When " + role.faults + ": read_full has to throw ipc::SystemError with EIO, and " +
                 (role.how == "returned" ? "returned as if the stream had ended"
                                         : "threw " + role.what) +
                 ".",
             "End of file is not an error");
      });
}
