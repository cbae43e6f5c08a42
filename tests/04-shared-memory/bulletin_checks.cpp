#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "bulletin.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"

using namespace judge;

/// Part D: BulletinWriter and BulletinReader, one after the other. The rest is in
/// schedule_checks.cpp.

ROLE(editor) {
  const std::string& path = me.text("path");
  const auto size = static_cast<std::size_t>(me.number("size"));
  const auto payload = me.payload();
  const auto open_reader = [&](const std::string& file) -> std::string {
    try {
      const lab::BulletinReader reader(file);
      return "a bulletin";
    } catch (const ipc::SystemError& error) {
      return ::strerrorname_np(error.error());
    } catch (const std::runtime_error&) {
      return "no bulletin";
    }
  };
  const auto look = [&](const lab::BulletinReader& reader) {
    std::vector<std::byte> state(size, std::byte{0xee});
    me.report("count", static_cast<std::int64_t>(reader.look(state)));
    me.report("state", state);
  };
  me.report("nothing", open_reader(path));
  {
    lab::BulletinWriter writer(path, size);
    const lab::BulletinReader reader(path);
    me.report("size", static_cast<std::int64_t>(reader.size()));
    look(reader);  // none yet
    for (std::size_t i = 0; i < 4; ++i) {
      writer.put_up(payload.subspan(i * size, size));
      look(reader);
    }
    look(reader);  // the same once more
    const lab::BulletinReader second(path);
    look(second);
  }
  {
    lab::BulletinWriter next(path, size);  // goes on where the first has stopped
    const lab::BulletinReader reader(path);
    look(reader);
    next.put_up(payload.subspan(4 * size, size));
    look(reader);
  }
  try {
    lab::BulletinWriter other(path, size + 8);
    me.report("other size", "no exception");
  } catch (const std::invalid_argument&) {
    me.report("other size", "invalid_argument");
  }
  for (const std::size_t bad : {std::size_t{0}, size + 1, std::size_t{65544}}) {
    try {
      lab::BulletinWriter writer(path + "-bad", bad);
      me.report("bad size", "no exception");
    } catch (const std::invalid_argument&) {
      me.report("bad size", "invalid_argument");
    }
  }
  // Things that are no bulletin.
  for (const std::size_t length : {std::size_t{0}, std::size_t{5}, std::size_t{100'000}}) {
    const std::string file = path + std::to_string(length);
    const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY, 0600);
    const std::vector<char> text(length, 'x');
    (void)!::write(fd, text.data(), text.size());
    ::close(fd);
    me.report("odd", open_reader(file));
    ::unlink(file.c_str());
  }
  ::unlink(path.c_str());
}

CHECK(Bulletin, ShowsWhatIsUp, part('D'), behaviour, points(3),
      "a reader sees the newest state, and a new writer goes on from there") {
  const std::size_t size = random.between(1, 60) * 8;
  const Bytes payload = random.bytes(5 * size);
  const RunResult run = explore(Scenario()
                                    .with(Cast(editor)
                                              .give("path", scratch() + "/" + random.word(8))
                                              .give("size", static_cast<std::int64_t>(size))
                                              .payload(payload))
                                    .about("Two places"));
  const RoleResult& role = run.only();
  const auto expect = [&](const std::string& got, const std::string& expected,
                          const std::string& what) {
    if (got == expected) return;
    fail(Finding::wrong_result, what + ": " + got + ". Expected: " + expected + ".", "Two places");
  };
  expect(role.last("nothing"), "ENOENT", "A reader of a file that is not there");
  expect(role.last("size"), std::to_string(size),
         "size() of a bulletin of states of so many bytes");
  const std::vector<int> counts{0, 1, 2, 3, 4, 4, 4, 4, 5};
  const std::vector<std::string> got_counts = role.all("count"), got = role.all("state");
  for (std::size_t i = 0; i < counts.size(); ++i) {
    expect(i < got_counts.size() ? got_counts[i] : "nothing", std::to_string(counts[i]),
           "look() number " + std::to_string(i + 1) + " in this check");
    const Bytes untouched(size, std::byte{0xee});
    const std::string differs = difference(
        counts[i] == 0
            ? std::span<const std::byte>(untouched)
            : std::span(payload).subspan(static_cast<std::size_t>(counts[i] - 1) * size, size),
        as_bytes(i < got.size() ? got[i] : ""));
    if (!differs.empty()) {
      fail(Finding::wrong_result,
           "State number " + std::to_string(counts[i]) +
               " is up (0: none, and then the reader's "
               "memory stays as it is), and look() gave another one. " +
               differs,
           "Two places");
    }
  }
  expect(role.last("other size"), "invalid_argument",
         "A writer for states of another size than those of the file");
  expect(joined(role.all("bad size")), "invalid_argument, invalid_argument and invalid_argument",
         "Writers for states of 0 bytes, of a number that is no multiple of 8, and of 65544");
  expect(joined(role.all("odd")), "no bulletin, no bulletin and no bulletin",
         "Readers of an empty file, of one of 5 bytes, and of one that holds a text");
}
