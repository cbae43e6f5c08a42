#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "frames.h"

using namespace judge;

namespace {

// The format, written down once more: what the judge sends and expects.
void append_header(Bytes& stream, std::size_t size) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    stream.push_back(static_cast<std::byte>(size >> shift & 0xff));
  }
}

void append_frame(Bytes& stream, const Bytes& payload) {
  append_header(stream, payload.size());
  stream.insert(stream.end(), payload.begin(), payload.end());
}

std::string joined(const std::vector<std::size_t>& sizes) {
  std::string text;
  for (const std::size_t size : sizes) text += std::to_string(size) + " ";
  return text;
}

}  // namespace

// Part B -----------------------------------------------------------------------------------------

// Writes payload() as frames of the sizes that it is told.
ROLE(frame_writer) {
  std::signal(SIGPIPE, SIG_IGN);
  const char* sizes = me.text("sizes").c_str();
  std::size_t at = 0;
  for (int used = 0, size = 0; std::sscanf(sizes, "%d%n", &size, &used) == 1; sizes += used) {
    lab::write_frame(me.fd("out"), me.payload().subspan(at, static_cast<std::size_t>(size)));
    at += static_cast<std::size_t>(size);
  }
}

// A payload that no header can announce. Nobody may look at it, so that it needs no memory.
ROLE(giant_writer) {
  const std::span<const std::byte> giant(me.payload().data(), (std::size_t{1} << 32) + 5);
  try {
    lab::write_frame(me.fd("out"), giant);
  } catch (const std::length_error&) {
    me.report("length_error", "");
  }
}

// Reads frames from the streams in0, in1, ... and tells of each how it went.
ROLE(frame_reader) {
  const auto max_size = static_cast<std::size_t>(me.number("max_size"));
  for (std::int64_t i = 0; i < me.number("streams"); ++i) {
    const int in = me.fd("in" + std::to_string(i));
    try {
      while (auto payload = lab::read_frame(in, max_size)) me.report("frame", *payload);
      me.report("end", "end");
    } catch (const lab::TruncatedFrame&) {
      me.report("end", "TruncatedFrame");
    } catch (const lab::FrameTooLarge& e) {
      me.report("end", "FrameTooLarge with " + std::to_string(e.announced()));
    }
  }
}

// As frame_reader, with little memory to spend: 64 MiB more than it has.
ROLE(frugal_reader) {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages;
  const rlimit limit{pages * 4096 + (64U << 20), RLIM_INFINITY};
  ::setrlimit(RLIMIT_AS, &limit);
  ipclab_body_frame_reader(me);
}

// Writes whole frames, or a part of one, and then waits to be killed.
ROLE(dying_writer) {
  lab::write_frame(me.fd("out"), me.payload());
  const auto part = me.payload().first(static_cast<std::size_t>(me.number("part")));
  if (!part.empty() && ::write(me.fd("out"), part.data(), part.size()) < 0) return;
  me.wait_for_judge();
}

CHECK(WriteFrame, SpeaksTheFormat, part('B'), behaviour, points(4),
      "write_frame sends the length, high byte first, then the payload") {
  const std::vector<std::size_t> sizes{
      random.between(2, 200),        0, 1, 255, 256, random.between(257, 60'000), 65'536,
      random.between(66'000, 90'000)};
  Bytes payload, expected;
  for (const std::size_t size : sizes) {
    const Bytes one = random.bytes(size);
    payload.insert(payload.end(), one.begin(), one.end());
    append_frame(expected, one);
  }
  Sink sink;
  explore(Scenario()
              .with(Cast(frame_writer)
                        .payload(payload)
                        .give("sizes", joined(sizes))
                        .give("out", sink.write_end()))
              .with(sink));
  const Bytes& got = sink.bytes();
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    Bytes header;
    append_header(header, size);
    const std::string frame = "A frame with " + std::to_string(size) + " bytes of payload ";
    if (got.size() < at + 4 ||
        !std::equal(header.begin(), header.end(), got.begin() + static_cast<std::ptrdiff_t>(at))) {
      const auto hex = [](std::span<const std::byte> bytes) {
        std::string text;
        for (const std::byte b : bytes) {
          char two[4];
          std::snprintf(two, sizeof two, " %02x", static_cast<unsigned>(b));
          text += two;
        }
        return text.empty() ? std::string(" nothing") : text;
      };
      const std::size_t there = got.size() > at ? std::min<std::size_t>(4, got.size() - at) : 0;
      fail(Finding::wrong_result,
           frame + "begins with" + hex(header) + ", and there came" +
               hex(std::span(got).subspan(std::min(at, got.size()), there)) + ".",
           "Frames");
    }
    const auto end = std::min(at + 4 + size, got.size());
    const std::string text = difference(std::span(expected).subspan(at + 4, size),
                                        std::span(got).subspan(at + 4, end - at - 4));
    if (!text.empty()) fail(Finding::wrong_result, frame + "was written. " + text, "Frames");
    at += 4 + size;
  }
  if (const std::string text = difference(expected, got); !text.empty()) {
    fail(Finding::wrong_result, "Behind the last frame there is more. " + text, "Frames");
  }
  Sink nothing;
  const RunResult run = explore(
      Scenario()
          .with(Cast(giant_writer).payload(random.bytes(4096)).give("out", nothing.write_end()))
          .with(nothing)
          .may_throw());
  if (run.only().reported("length_error") == nullptr || !nothing.bytes().empty()) {
    fail(
        Finding::wrong_result,
        "A payload of 2^32 + 5 bytes does not fit a header of four bytes: write_frame has to throw "
        "std::length_error and write nothing. It " +
            (run.only().how == "returned" && run.only().reported("length_error") == nullptr
                 ? std::string("returned")
                 : "threw " + (run.only().what.empty() ? "std::length_error" : run.only().what)) +
            ", after " + std::to_string(nothing.bytes().size()) + " bytes.",
        "Frames");
  }
}

CHECK(ReadFrame, ReturnsEachPayload, part('B'), behaviour, points(4),
      "read_frame returns each payload, even an empty one, then the end") {
  Bytes stream;
  std::vector<Bytes> payloads;
  for (const std::size_t size : {random.between(128, 255), std::size_t{0}, std::size_t{256},
                                 std::size_t{0}, random.between(300, 3000), std::size_t{1}}) {
    payloads.push_back(random.bytes(size));
    append_frame(stream, payloads.back());
  }
  std::vector<std::size_t> pieces;
  for (int i = 0; i < 60; ++i) pieces.push_back(random.between(1, 40));
  pieces.push_back(random.between(1000, 4000));
  Source source(stream, {.pieces = pieces});
  const RunResult run = explore(Scenario()
                                    .with(Cast(frame_reader)
                                              .give("in0", source.read_end())
                                              .give("streams", 1)
                                              .give("max_size", 3000))
                                    .with(source));
  const auto got = run.only().all("frame");
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const std::string which = "Frame " + std::to_string(i + 1) + " has a payload of " +
                              std::to_string(payloads[i].size()) + " bytes";
    if (i >= got.size()) {
      fail(Finding::wrong_result,
           which + ", and read_frame did not return it: it ended with \"" + run.only().last("end") +
               (payloads[i].empty()
                    ? "\". A frame without payload is a frame: the stream has not ended."
                    : "\"."),
           "Frames");
    }
    if (const std::string text = difference(payloads[i], to_bytes(got[i])); !text.empty()) {
      fail(Finding::wrong_result, which + ". " + text, "Frames");
    }
  }
  if (got.size() != payloads.size() || run.only().all("end") != std::vector<std::string>{"end"}) {
    fail(Finding::wrong_result,
         "Behind the last frame the stream ended, and read_frame has to return nothing. It "
         "returned " +
             std::to_string(got.size() - payloads.size()) +
             " frames more, and then: " + run.only().last("end") + ".",
         "End of file is not an error");
  }
}

CHECK(ReadFrame, TellsACleanEndFromATruncatedFrame, part('B'), behaviour, points(4),
      "read_frame tells an end between frames from one inside a frame") {
  // A stream of two frames, cut at every place; all the pieces go to one process.
  Bytes stream;
  append_frame(stream, random.bytes(random.between(3, 6)));
  const std::size_t boundary = stream.size();
  append_frame(stream, random.bytes(random.between(3, 6)));
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) cuts.push_back(cut);
  for (std::size_t i = cuts.size(); i > 1; --i)
    std::swap(cuts[i - 1], cuts[random.between(0, i - 1)]);

  std::vector<std::unique_ptr<Source>> sources;
  Scenario scenario;
  Cast cast(frame_reader);
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    sources.push_back(std::make_unique<Source>(
        Bytes(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(cuts[i])),
        Source::Manner{}));
    cast.descriptors["in" + std::to_string(i)] = sources.back()->read_end();
    scenario.peers.push_back(sources.back().get());
  }
  const auto streams = static_cast<std::int64_t>(cuts.size());
  const RunResult run = explore(
      std::move(scenario).with(std::move(cast).give("streams", streams).give("max_size", 100)));
  const auto ends = run.only().all("end");
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const std::size_t cut = cuts[i];
    const bool clean = cut == 0 || cut == boundary || cut == stream.size();
    const std::string expected = clean ? "end" : "TruncatedFrame";
    const std::string got = i < ends.size() ? ends[i] : "nothing";
    if (got == expected) continue;
    const std::size_t inside = cut < boundary ? cut : cut - boundary;
    const std::string place = clean ? cut == 0 ? "before its first byte" : "right behind a frame"
                              : inside < 4
                                  ? "after " + std::to_string(inside) + " of a header's 4 bytes"
                                  : "after " + std::to_string(inside - 4) + " bytes of a payload";
    fail(Finding::wrong_result,
         "The stream ended " + place + ": read_frame has to " +
             (clean ? "return nothing" : "throw TruncatedFrame") + ", and " +
             (got == "end" ? "returned nothing" : "it came to " + got) + ".",
         clean ? "End of file is not an error" : "Frames");
  }
  std::size_t whole = 0;
  for (const std::size_t cut : cuts)
    whole += (cut >= boundary ? 1U : 0U) + (cut == stream.size() ? 1U : 0U);
  if (run.only().all("frame").size() != whole) {
    fail(Finding::wrong_result,
         std::to_string(whole) + " whole frames were sent in all, and read_frame returned " +
             std::to_string(run.only().all("frame").size()) + ".",
         "Frames");
  }
}

CHECK(ReadFrame, RefusesAHostileLength, part('B'), faults, points(4),
      "read_frame refuses a hostile length before it costs memory") {
  const std::size_t max_size = random.between(1000, 5000);
  const Bytes behind = random.bytes(random.between(10, 50));
  for (const std::size_t announced :
       {max_size, max_size + 1, std::size_t{0xffffffff}, std::size_t{0x80000000},
        random.between(0x10000000, 0x7fffffff)}) {
    Bytes stream;
    const bool allowed = announced <= max_size;
    if (allowed) {
      append_frame(stream, random.bytes(announced));
    } else {
      append_header(stream, announced);
      stream.insert(stream.end(), behind.begin(), behind.end());
    }
    Source source(stream, {});
    source.keep_read_end();
    const RunResult run =
        explore(Scenario()
                    .with(Cast(frugal_reader)
                              .give("in0", source.read_end())
                              .give("streams", 1)
                              .give("max_size", static_cast<std::int64_t>(max_size)))
                    .with(source)
                    .may_throw());
    const RoleResult& role = run.only();
    const std::string situation = "A header announces " + std::to_string(announced) +
                                  " bytes, and max_size is " + std::to_string(max_size) + ": ";
    const auto ends = role.all("end");
    if (allowed) {
      if (role.all("frame").size() == 1 && ends == std::vector<std::string>{"end"}) continue;
      fail(Finding::wrong_result, situation + "that is just allowed, and read_frame refused it.",
           "A hostile length");
    }
    if (role.how != "returned") {
      fail(Finding::unhandled_fault,
           situation + "read_frame has to throw FrameTooLarge, and threw " + role.what +
               ". It asked for the memory before it had looked at the length.",
           "A hostile length");
    }
    const std::string expected = "FrameTooLarge with " + std::to_string(announced);
    if (ends != std::vector<std::string>{expected}) {
      fail(Finding::unhandled_fault,
           situation + "read_frame has to throw " + expected + ", and it came to " +
               (role.all("frame").empty() ? role.last("end") : "a frame") + ".",
           "A hostile length");
    }
    if (source.left() != behind.size()) {
      fail(Finding::unhandled_fault,
           situation + "read_frame may read nothing behind the header, and took " +
               std::to_string(behind.size() - source.left()) + " bytes.",
           "A hostile length");
    }
  }
}

CHECK(WriteFrame, SurvivesShortWritesAndSignals, part('B'), faults, points(2),
      "write_frame copes with short and with interrupted writes") {
  const std::vector<std::size_t> sizes{random.between(9, 14), 0, random.between(9, 14)};
  Bytes payload, expected;
  for (const std::size_t size : sizes) {
    const Bytes one = random.bytes(size);
    payload.insert(payload.end(), one.begin(), one.end());
    append_frame(expected, one);
  }
  for (const std::uint32_t most : {3U, 5U}) {
    std::optional<Sink> sink;
    for_every_call(
        [&](std::uint32_t n) {
          sink.emplace();
          return Scenario()
              .with(Cast(frame_writer)
                        .payload(payload)
                        .give("sizes", joined(sizes))
                        .give("out", sink->write_end())
                        .fault({subject::call_write, n, 1, EINTR, 0})
                        .fault({subject::call_write, 1, UINT32_MAX, 0, most}))
              .with(*sink);
        },
        [&](const RunResult& run, std::uint32_t) {
          if (const std::string text = difference(expected, sink->bytes()); !text.empty()) {
            fail(Finding::unhandled_fault, "When " + run.only().faults + ": " + text,
                 "Short counts");
          }
        });
  }
}

CHECK(ReadFrame, SurvivesShortReadsAndSignals, part('B'), faults, points(2),
      "read_frame copes with short and with interrupted reads") {
  Bytes stream;
  std::vector<std::string> expected;
  for (const std::size_t size : {random.between(9, 14), std::size_t{0}, random.between(9, 14)}) {
    const Bytes payload = random.bytes(size);
    expected.push_back(to_text(payload));
    append_frame(stream, payload);
  }
  for (const std::uint32_t most : {3U, 5U}) {
    std::optional<Source> source;
    for_every_call(
        [&](std::uint32_t n) {
          source.emplace(stream, Source::Manner{});
          return Scenario()
              .with(Cast(frame_reader)
                        .give("in0", source->read_end())
                        .give("streams", 1)
                        .give("max_size", 100)
                        .fault({subject::call_read, n, 1, EINTR, 0})
                        .fault({subject::call_read, 1, UINT32_MAX, 0, most}))
              .with(*source);
        },
        [&](const RunResult& run, std::uint32_t) {
          const auto ends = run.only().all("end");
          if (run.only().all("frame") == expected && ends == std::vector<std::string>{"end"})
            return;
          fail(Finding::unhandled_fault,
               "When " + run.only().faults + ": of " + std::to_string(expected.size()) +
                   " frames read_frame returned " + std::to_string(run.only().all("frame").size()) +
                   ", not all of them right, and then it came to " + run.only().last("end") + ".",
               "Short counts");
        });
  }
}

CHECK(Frames, CrossFromProcessToProcess, part('B'), synchronisation, points(1),
      "frames cross between processes; a killed writer is noticed") {
  {
    std::vector<std::size_t> sizes;
    Bytes payload;
    std::vector<std::string> expected;
    for (int i = 0; i < 12; ++i) {
      sizes.push_back(random.coin() ? random.between(0, 100) : random.between(3000, 20'000));
      const Bytes one = random.bytes(sizes.back());
      payload.insert(payload.end(), one.begin(), one.end());
      expected.push_back(to_text(one));
    }
    Channel channel(4096);  // so that each has to wait for the other, again and again
    const RunResult run = explore(Scenario()
                                      .with(Cast(frame_writer)
                                                .payload(payload)
                                                .give("sizes", joined(sizes))
                                                .give("out", std::move(channel.write_end)))
                                      .with(Cast(frame_reader)
                                                .give("in0", std::move(channel.read_end))
                                                .give("streams", 1)
                                                .give("max_size", 20'000)));
    const auto got = run.of(frame_reader).all("frame");
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::string text = i < got.size() ? difference(as_bytes(expected[i]), as_bytes(got[i]))
                                              : "It did not arrive.";
      if (!text.empty()) {
        fail(Finding::wrong_result,
             "Frame " + std::to_string(i + 1) + " of " + std::to_string(expected.size()) +
                 " went from one process to another, through a pipe smaller than itself. " + text,
             "Short counts");
      }
    }
  }
  // The writer is killed when it has written a whole frame, and nothing or a part of the next one.
  for (const std::size_t part : {std::size_t{0}, random.between(1, 3), random.between(4, 9)}) {
    Channel channel;
    Bytes payload;
    append_header(payload,
                  20);  // its own first bytes are the header of the frame that stays a torso
    const Bytes more = random.bytes(20);
    payload.insert(payload.end(), more.begin(), more.end());
    bool killed = false;
    const RunResult run = explore(Scenario()
                                      .with(Cast(dying_writer)
                                                .payload(payload)
                                                .give("part", static_cast<std::int64_t>(part))
                                                .give("out", std::move(channel.write_end)))
                                      .with(Cast(frame_reader)
                                                .give("in0", std::move(channel.read_end))
                                                .give("streams", 1)
                                                .give("max_size", 1000))
                                      .when_quiet([&](Observer& observer) {
                                        if (std::exchange(killed, true)) return false;
                                        observer.kill(dying_writer);
                                        return true;
                                      })
                                      .may_be_killed());
    const RoleResult& reader = run.of(frame_reader);
    const std::string expected = part == 0 ? "end" : "TruncatedFrame";
    if (reader.all("frame") != std::vector<std::string>{to_text(payload)} ||
        reader.all("end") != std::vector<std::string>{expected}) {
      fail(Finding::wrong_result,
           "The writer was killed after one whole frame and " + std::to_string(part) +
               " bytes of the next. read_frame has to return the first frame and then " +
               (part == 0 ? "nothing" : "throw TruncatedFrame") + "; it came to " +
               reader.last("end") + ", after " + std::to_string(reader.all("frame").size()) +
               " frames.",
           "Frames");
    }
  }
}
