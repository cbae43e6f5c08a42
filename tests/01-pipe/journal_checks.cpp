#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "journal.h"

using namespace judge;
using ipc::UniqueFd;

namespace {

// Lines as one text and back: what a role is given to append, and what it says that it read.
std::string all_in_one(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

[[maybe_unused]] std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    lines.emplace_back(text.substr(0, text.find('\n')));
    text.remove_prefix(lines.back().size() + 1);
  }
  return lines;
}

std::string shown(const std::string& line) {
  return "\"" + (line.size() <= 24 ? line : line.substr(0, 20) + "...") + "\" (" +
         std::to_string(line.size()) + " bytes)";
}

}  // namespace

// Part D -----------------------------------------------------------------------------------------

// Makes a journal where there is nothing, a FIFO, or a regular file.
ROLE(journal_maker) {
  ::umask(0);
  const std::string& path = me.text("path");
  const std::string& what = me.text("there is");
  if (what == "a FIFO") ::mkfifo(path.c_str(), 0600);
  if (what == "a file") UniqueFd(::open(path.c_str(), O_CREAT | O_WRONLY, 0600));
  lab::make_journal(path);
  me.report("made", "");
  me.wait_for_judge();
}

// Opens a journal for writing, waits, and appends its lines; says how each went.
ROLE(journal_writer) {
  std::signal(SIGPIPE, SIG_IGN);
  ::mkfifo(me.text("path").c_str(), 0600);
  lab::JournalWriter journal(me.text("path"));
  me.report("open", "");
  me.wait_for_judge();
  const auto payload = me.payload();
  for (const std::string& line :
       split({reinterpret_cast<const char*>(payload.data()), payload.size()})) {
    // '|' stands for a line break inside the line.
    std::string text = line;
    for (char& c : text) c = c == '|' ? '\n' : c;
    try {
      journal.append(text);
      me.report("append", "ok");
    } catch (const std::length_error&) {
      me.report("append", "std::length_error");
    } catch (const std::invalid_argument&) {
      me.report("append", "std::invalid_argument");
    }
    if (me.text("pace") == "wait") me.wait_for_judge();
  }
}

ROLE(journal_reader) {
  ::mkfifo(me.text("path").c_str(), 0600);
  for (const std::string& line : lab::read_journal(me.text("path"))) me.report("line", line);
  me.report("end", "");
}

CHECK(Journal, MakesAFifo, part('D'), mechanism, points(2),
      "make_journal makes a private FIFO, or uses the one that is there") {
  const std::string path = scratch() + "/" + random.word(8);
  for (const char* there_is : {"nothing", "a FIFO", "a file"}) {
    struct stat status {};
    const RunResult run = explore(
        Scenario()
            .with(Cast(journal_maker).give("path", path).give("there is", std::string(there_is)))
            .when_quiet([&](Observer& observer) {
              if (observer.so_far(journal_maker).reported("made") == nullptr || status.st_mode != 0)
                return false;
              try {
                const UniqueFd fd = observer.open(path, O_RDONLY | O_NONBLOCK);
                ::fstat(fd.get(), &status);
              } catch (const ipc::SystemError&) {
                status.st_mode = S_IFSOCK;  // there is nothing
              }
              observer.let_go(journal_maker);
              return true;
            })
            .may_throw());
    const RoleResult& role = run.only();
    const std::string situation = std::string("With ") + there_is + " at the path, make_journal ";
    if (there_is == std::string("a file")) {
      if (role.error() == EEXIST) continue;
      fail(Finding::wrong_result,
           situation + "has to throw ipc::SystemError with EEXIST: a regular file is no pipe. It " +
               (role.how == "returned" ? "returned." : "threw " + role.what + "."),
           "The last writer");
    }
    if (role.how != "returned") {
      fail(Finding::wrong_result, situation + "threw " + role.what + ".", "The last writer");
    }
    if (!S_ISFIFO(status.st_mode)) {
      fail(Finding::wrong_mechanism,
           situation + "returned, and there is " +
               (S_ISREG(status.st_mode) ? "a regular file" : "no FIFO") + " now.",
           "The last writer");
    }
    if ((status.st_mode & 0777) != 0600) {
      char mode[8];
      std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 0777);
      fail(Finding::wrong_result,
           situation + "made a FIFO with mode " + mode +
               ". It is to be for its owner alone: 0600. (The umask was 0.)",
           "The last writer");
    }
  }
}

CHECK(Journal, RefusesWhatCannotArriveWhole, part('D'), behaviour, points(2),
      "append refuses what cannot be one record of PIPE_BUF bytes") {
  const std::string path = scratch() + "/" + random.word(8);
  struct Line {
    std::string text, expected;
  };
  const std::vector<Line> lines = {
      {random.word(random.between(1, 40)), "ok"},
      {random.word(PIPE_BUF - 1), "ok"},
      {random.word(PIPE_BUF), "std::length_error"},
      {"", "ok"},
      {random.word(PIPE_BUF + random.between(1, 3000)), "std::length_error"},
      {random.word(5) + "|" + random.word(7), "std::invalid_argument"},
      {random.word(9) + "|", "std::invalid_argument"},
      {random.word(random.between(1, 40)), "ok"}};
  std::vector<std::string> given, accepted;
  for (const Line& line : lines) {
    given.push_back(line.text);
    if (line.expected == "ok") accepted.push_back(line.text);
  }
  Sink sink(Sink::Elsewhere{});
  bool attached = false;
  const RunResult run =
      explore(Scenario()
                  .with(Cast(journal_writer)
                            .payload(to_bytes(all_in_one(given)))
                            .give("path", path)
                            .give("pace", "go"))
                  .with(sink)
                  .when_quiet([&](Observer& observer) {
                    if (!std::exchange(attached, true)) {
                      sink.attach(observer.open(path, O_RDONLY | O_NONBLOCK));
                      return true;
                    }
                    if (observer.so_far(journal_writer).reported("open") == nullptr ||
                        !sink.bytes().empty())
                      return false;
                    observer.let_go(journal_writer);
                    return observer.so_far(journal_writer).reports.size() == 1;
                  }));
  const auto got = run.only().all("append");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string came = i < got.size() ? got[i] : "nothing";
    if (came == lines[i].expected) continue;
    std::string text = lines[i].text;
    const bool breaks = text.find('|') != std::string::npos;
    fail(Finding::wrong_result,
         "append was given a line of " + std::to_string(text.size()) + " bytes" +
             (breaks ? " with a '\\n' inside" : "") + ": it has to " +
             (lines[i].expected == "ok" ? "write it" : "throw " + lines[i].expected) + ", and " +
             (came == "ok" ? "wrote it" : "threw " + came) +
             ". A record, with the '\\n' that ends it, "
             "may have PIPE_BUF = " +
             std::to_string(PIPE_BUF) + " bytes.",
         "Atomic records");
  }
  if (const std::string text = difference(as_bytes(all_in_one(accepted)), sink.bytes());
      !text.empty()) {
    fail(Finding::wrong_result,
         "What was accepted has to arrive, each record with its '\\n'. " + text, "Atomic records");
  }
}

CHECK(Journal, KeepsEveryRecordWhole, part('D'), synchronisation, points(3),
      "a record arrives whole, whatever other writers do meanwhile") {
  // A pipe of one page has room for all of a record but its last byte. A write(2) of the whole
  // record waits, because it must not be split; anything else leaves a part in the pipe, and
  // another writer may come in between.
  const std::string path = scratch() + "/" + random.word(8);
  constexpr std::size_t page = 4096;
  const std::size_t size = random.between(20, 2000);
  const std::string line = random.word(size);
  const Bytes filler = to_bytes(random.word(page - size - 1) + "\n");
  UniqueFd reading, writing;
  Sink sink(Sink::Elsewhere{});
  enum class Stage { closed, open, filled, drained } stage = Stage::closed;
  int seen = 0;
  explore(Scenario()
              .with(Cast(journal_writer)
                        .payload(to_bytes(line + "\n"))
                        .give("path", path)
                        .give("pace", "go"))
              .with(sink)
              .when_quiet([&](Observer& observer) {
                switch (stage) {
                  case Stage::closed:
                    reading = observer.open(path, O_RDONLY | O_NONBLOCK);
                    writing = observer.open(path, O_WRONLY | O_NONBLOCK);
                    ::fcntl(writing.get(), F_SETPIPE_SZ, static_cast<int>(page));
                    stage = Stage::open;
                    return true;
                  case Stage::open:
                    if (observer.so_far(journal_writer).reported("open") == nullptr) return false;
                    if (::write(writing.get(), filler.data(), filler.size()) < 0) return false;
                    observer.let_go(journal_writer);
                    stage = Stage::filled;
                    return true;
                  case Stage::filled:
                    ::ioctl(reading.get(), FIONREAD, &seen);
                    writing.reset();
                    sink.attach(std::move(reading));
                    stage = Stage::drained;
                    return true;
                  case Stage::drained:
                    return false;
                }
                return false;
              }));
  if (static_cast<std::size_t>(seen) > filler.size()) {
    fail(Finding::wrong_result,
         "There was room for " + std::to_string(size) +
             " bytes in the FIFO, and the record, with its "
             "'\\n', has " +
             std::to_string(size + 1) + ": append has to wait until all of it fits. " +
             std::to_string(static_cast<std::size_t>(seen) - filler.size()) +
             " bytes of it were in the FIFO already, while the rest was not: another writer's "
             "record "
             "can come in between. One record has to be one write(2).",
         "Atomic records");
  }
  const std::string all = to_text(filler) + line + "\n";
  if (const std::string text = difference(as_bytes(all), sink.bytes()); !text.empty()) {
    fail(Finding::wrong_result,
         "Another writer's record, and then this one, had to arrive. " + text, "Atomic records");
  }
  // Many writers at once, and nobody holds them back.
  Sink many(Sink::Elsewhere{});
  std::vector<std::vector<std::string>> lines(4);
  Scenario scenario;
  for (auto& mine : lines) {
    for (int i = 0; i < 20; ++i) mine.push_back(random.word(random.between(1, PIPE_BUF - 1)));
    scenario.roles.push_back(Cast(journal_writer)
                                 .payload(to_bytes(all_in_one(mine)))
                                 .give("path", path)
                                 .give("pace", "go"));
  }
  bool attached = false, gone = false;
  explore(std::move(scenario).with(many).when_quiet([&](Observer& observer) {
    if (!std::exchange(attached, true)) {
      many.attach(observer.open(path, O_RDONLY | O_NONBLOCK));
      return true;
    }
    if (std::exchange(gone, true)) return false;
    observer.let_all_go();
    return true;
  }));
  std::vector<std::size_t> next(lines.size(), 0);
  for (const std::string& got : split(to_text(many.bytes()))) {
    bool known = false;
    for (std::size_t w = 0; w < lines.size() && !known; ++w) {
      known = next[w] < lines[w].size() && lines[w][next[w]] == got;
      if (known) ++next[w];
    }
    if (!known) {
      fail(Finding::wrong_result,
           "Four writers appended 20 records each. The line " + shown(got) +
               " is none of them, or it is out of its writer's order.",
           "Atomic records");
    }
  }
  for (std::size_t w = 0; w < lines.size(); ++w) {
    if (next[w] != lines[w].size()) {
      fail(Finding::wrong_result,
           "Four writers appended 20 records each. Of one writer's only " +
               std::to_string(next[w]) + " arrived.",
           "Atomic records");
    }
  }
}

CHECK(Journal, ReaderEndsWithTheLastWriter, part('D'), synchronisation, points(3),
      "read_journal ends with the last writer, and not with the first") {
  const std::string path = scratch() + "/" + random.word(8);
  UniqueFd first, second;
  const std::string from_first = random.word(10), from_second = random.word(12),
                    last = random.word(7);
  const auto write_line = [](const UniqueFd& fifo, const std::string& line) {
    const std::string record = line + "\n";
    return ::write(fifo.get(), record.data(), record.size()) == static_cast<ssize_t>(record.size());
  };
  int stage = 0;
  const RunResult run = explore(Scenario()
                                    .about("The last writer")
                                    .with(Cast(journal_reader).give("path", path))
                                    .when_quiet([&](Observer& observer) {
                                      switch (stage++) {
                                        case 0:  // it waits for a first writer
                                          first = observer.open(path, O_WRONLY | O_NONBLOCK);
                                          second = observer.open(path, O_WRONLY | O_NONBLOCK);
                                          return write_line(first, from_first);
                                        case 1:  // it has read that, and one writer leaves
                                          first.reset();
                                          return write_line(second, from_second);
                                        case 2:  // it has read that, too
                                          return write_line(second, last);
                                        case 3:
                                          second.reset();
                                          return true;
                                        default:
                                          return false;
                                      }
                                    }));
  const std::vector<std::string> expected{from_first, from_second, last};
  const auto got = run.only().all("line");
  if (got != expected) {
    fail(Finding::wrong_result,
         "Two writers had the FIFO open. The first wrote a record and closed it, then the second "
         "wrote "
         "two more: read_journal has to return all three, and returned " +
             std::to_string(got.size()) + (got.size() == expected.size() ? ", but others." : "."),
         "The last writer");
  }
}

CHECK(Journal, ReadsRecordsFromAnyPieces, part('D'), faults, points(2),
      "read_journal joins what short reads give, and drops a torso") {
  const std::string path = scratch() + "/" + random.word(8);
  std::vector<std::string> lines;
  for (const std::size_t size :
       {random.between(5, 12), std::size_t{0}, std::size_t{1}, random.between(8, 20)}) {
    lines.push_back(random.word(size));
  }
  const std::string stream = all_in_one(lines) + random.word(4);
  const auto expect_lines = [&](const RunResult& run, Finding finding,
                                const std::string& situation) {
    const auto got = run.only().all("line");
    if (got == lines) return;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i < got.size() && got[i] == lines[i]) continue;
      fail(finding,
           situation + "record " + std::to_string(i + 1) + " was " + shown(lines[i]) + ", and " +
               (i < got.size() ? "read_journal returned " + shown(got[i]) : "it is missing") + ".",
           "Short counts");
    }
    fail(finding,
         situation +
             "behind the last '\\n' came 4 bytes more, whose writer died. They are no record, "
             "and read_journal returned one too many.",
         "Short counts");
  };
  // A writer whose bytes come in pieces; each when the one before has been read.
  UniqueFd fifo;
  std::size_t sent = 0;
  expect_lines(explore(Scenario()
                           .about("The last writer")
                           .with(Cast(journal_reader).give("path", path))
                           .when_quiet([&](Observer& observer) {
                             if (sent == 0) fifo = observer.open(path, O_WRONLY | O_NONBLOCK);
                             if (sent == stream.size())
                               return std::exchange(fifo, UniqueFd()).get() >= 0;
                             const std::size_t size =
                                 std::min(stream.size() - sent, random.between(1, 9));
                             sent += size;
                             return ::write(fifo.get(), stream.data() + sent - size, size) ==
                                    static_cast<ssize_t>(size);
                           })),
               Finding::wrong_result, "The bytes came in several pieces: ");
  for_every_call(
      [&](std::uint32_t n) {
        auto opened = std::make_shared<bool>(false);
        return Scenario()
            .about("The last writer")
            .with(Cast(journal_reader)
                      .give("path", path)
                      .fault({subject::call_read | subject::call_open, n, 1, EINTR, 0})
                      .fault({subject::call_read, 1, UINT32_MAX, 0, 7}))
            .when_quiet([&, opened](Observer& observer) {
              if (std::exchange(*opened, true)) return false;
              const UniqueFd writer = observer.open(path, O_WRONLY | O_NONBLOCK);
              return ::write(writer.get(), stream.data(), stream.size()) ==
                     static_cast<ssize_t>(stream.size());
            });
      },
      [&](const RunResult& run, std::uint32_t) {
        expect_lines(run, Finding::unhandled_fault,
                     run.only().faults.empty() ? "" : "When " + run.only().faults + ": ");
      });
}

CHECK(Journal, ClosesWhatItOpens, part('D'), hygiene, points(1),
      "the journal's functions leave no descriptor open") {
  const std::string path = scratch() + "/" + random.word(8);
  const auto expect_none = [&](const RunResult& run, const std::string& function) {
    if (run.only().leaks.empty()) return;
    fail(Finding::leak,
         function + " left descriptor " + std::to_string(run.only().leaks[0].fd) + " open (" +
             run.only().leaks[0].object + ").",
         "Leaving no trace");
  };
  for (const int error : {0, EIO}) {
    bool opened = false;
    const RunResult run = explore(
        Scenario()
            .with(Cast(journal_reader)
                      .give("path", path)
                      .fault({subject::call_read, 1, error == 0 ? 0U : UINT32_MAX, error, 0}))
            .when_quiet([&](Observer& observer) {
              if (std::exchange(opened, true)) return false;
              return static_cast<bool>(observer.open(path, O_WRONLY | O_NONBLOCK));
            })
            .may_throw());
    expect_none(run,
                error == 0 ? "read_journal" : "read_journal, which threw because read(2) failed,");
    expect_work(opened ? "" : "read_journal did not wait for a writer.");
  }
  const std::string line = random.word(12) + "\n";
  Sink sink(Sink::Elsewhere{});
  int stage = 0;
  expect_none(explore(Scenario()
                          .with(Cast(journal_writer)
                                    .payload(to_bytes(line))
                                    .give("path", path)
                                    .give("pace", "go"))
                          .with(sink)
                          .when_quiet([&](Observer& observer) {
                            if (stage == 0) sink.attach(observer.open(path, O_RDONLY | O_NONBLOCK));
                            if (stage == 1) observer.let_go(journal_writer);
                            return stage++ < 2;
                          })),
              "A JournalWriter that was destroyed");
  expect_work(difference(to_bytes(line), sink.bytes()));
  expect_none(explore(Scenario()
                          .with(Cast(journal_maker).give("path", path).give("there is", "a FIFO"))
                          .when_quiet([&](Observer& observer) {
                            observer.let_go(journal_maker);
                            return true;
                          })),
              "make_journal");
}
