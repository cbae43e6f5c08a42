#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <sstream>

#include "callers.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "stages.h"

using namespace judge;
using namespace pipelines;

// Part C: how a pipeline ends, and what is left of it ---------------------------------------------

namespace {

constexpr Role pipeline{"pipeline"};  // the role of pipeline_checks.cpp

// The descriptors of this process below 64: number, what it is, and the flags of both kinds.
template <class Me>
void report_descriptors(Me& me, const char* tag) {
  for (int fd = 0; fd < 64; ++fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) continue;
    me.report(tag, std::to_string(fd) + " " + std::to_string(status.st_ino) + " " +
                       std::to_string(::fcntl(fd, F_GETFL)) + " " +
                       std::to_string(::fcntl(fd, F_GETFD)));
  }
}

}  // namespace

// As pipeline; but it has other things to do than to die of a reader that has left.
ROLE(ignores_sigpipe) {
  std::signal(SIGPIPE, SIG_IGN);
  run_all(me);
}

// As pipeline; but it has a pipe of its own, and passes its input on afterwards.
ROLE(goes_on) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  report_descriptors(me, "before");
  run_all(me);
  report_descriptors(me, "after");
  ::close(ends[0]);
  ::close(ends[1]);
  char bytes[1024];
  for (ssize_t n = 0; (n = ::read(STDIN_FILENO, bytes, sizeof bytes)) > 0;) {
    if (::write(STDOUT_FILENO, bytes, static_cast<std::size_t>(n)) != n) break;
  }
}

namespace {

// Lines of words, so that text tools have something to do.
[[maybe_unused]] Bytes lines_of_words(Random& random, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += random.word(random.between(1, 12)) + "\n";
  return to_bytes(text);
}

}  // namespace

CHECK(Pipeline, EndsWhenItShould, part('C'), synchronisation, points(3),
      "all stages run side by side, and each end of a pipe closes when it should") {
  {
    // More than four pipes hold: who waits for one stage before the next one runs waits for ever.
    const Bytes sent = lines_of_words(random, 30'000);
    const Pipeline stages{{"cat"}, {"tr", "a-m", "n-z"}, {"grep", "-v", "0"}, {"wc", "-l"}};
    std::size_t expected = 0;
    std::istringstream lines(judge::to_text(sent));
    for (std::string line; std::getline(lines, line);) {
      expected += line.find('0') == std::string::npos ? 1U : 0U;
    }
    Source source(sent, {});
    Sink sink;
    explore(Scenario()
                .with(calling(pipeline, {stages})
                          .give("stdin", source.read_end())
                          .give("stdout", sink.write_end()))
                .with(source)
                .with(sink)
                .when_quiet(let_settle));
    if (judge::to_text(sink.bytes()) != std::to_string(expected) + "\n") {
      fail(Finding::wrong_result,
           std::to_string(sent.size()) + " bytes went into `" + in_bash(stages) +
               "`, and the number that came out is not the one of the lines that went in.",
           "Which end closes where");
    }
  }
  {
    // What goes in comes out, while more may still come.
    const Bytes sent = random.bytes(random.between(10, 90));
    Source source(sent, {.close_at_end = false});
    Sink sink;
    explore(Scenario()
                .with(calling(pipeline, {{{"cat"}, {"cat"}, {"cat"}}})
                          .give("stdin", source.read_end())
                          .give("stdout", sink.write_end()))
                .with(source)
                .with(sink)
                .when_quiet([&](Observer& observer) {
                  if (sink.bytes() != sent || !source.holds_write_end())
                    return let_settle(observer);
                  source.close();
                  return true;
                }));
  }
  {
    // The last stage ends first. The first one ends when the caller's standard input does.
    const Pipeline stages{{"cat"}, {"cat"}, {"false"}};
    Source source({}, {.close_at_end = false});
    bool early = false;
    const RunResult run =
        explore(Scenario()
                    .with(calling(pipeline, {stages}).give("stdin", source.read_end()))
                    .with(source)
                    .when_quiet([&](Observer& observer) {
                      if (!source.holds_write_end()) return let_settle(observer);
                      early = observer.so_far(pipeline).reported("statuses") != nullptr;
                      source.close();
                      return true;
                    }));
    if (early) {
      fail(Finding::wrong_result,
           "In `" + in_bash(stages) +
               "` the last stage ends at once, and the first one when its input ends. run_pipeline "
               "came back before that: it has to wait for all of them.",
           "Statuses");
    }
    const std::string text = wrong_statuses(stages, {0, 0, 1}, returned(run.only(), 0));
    if (!text.empty()) fail(Finding::wrong_result, text, "Statuses");
  }
  // Stages that leave early, and a standard input that never ends.
  const std::string word = random.word(6);
  const std::vector<Pipeline> all{{{"head", "-n", "1"}, {"wc", "-l"}},
                                  {{"true"}, {"cat"}, {"wc", "-l"}},
                                  {{"yes"}, {"head", "-n", "1"}},
                                  {{"yes", word}, {"cat"}, {"head", "-n", "3"}},
                                  {{"yes"}, {"true"}, {"cat"}}};
  const std::vector<std::vector<int>> expected{
      {0, 0}, {0, 0, 0}, {141, 0}, {141, 141, 0}, {141, 0, 0}};
  const std::string output = "1\n0\ny\n" + word + "\n" + word + "\n" + word + "\n";
  for (const Role role : {pipeline, ignores_sigpipe}) {
    Source source(lines_of_words(random, 50), {.close_at_end = false});
    Sink sink;
    const RunResult run = explore(Scenario()
                                      .with(calling(role, all)
                                                .give("stdin", source.read_end())
                                                .give("stdout", sink.write_end()))
                                      .with(source)
                                      .with(sink)
                                      .when_quiet([&](Observer& observer) {
                                        return role.name == pipeline.name && let_settle(observer);
                                      }));
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::string text = wrong_statuses(all[i], expected[i], returned(run.only(), i));
      if (text.empty()) continue;
      if (role.name == pipeline.name) fail(Finding::wrong_result, text, "SIGPIPE and EPIPE");
      fail(Finding::wrong_result,
           text +
               " The caller ignores SIGPIPE, and what a process ignores is ignored by the program "
               "that it becomes as well. So the child sets it back to SIG_DFL before exec(3).",
           "SIGPIPE and EPIPE");
    }
    if (judge::to_text(sink.bytes()) == output) continue;
    fail(Finding::wrong_result,
         "Not the right lines came out of `" + in_bash(all.front()) + "` and of four more. " +
             difference(to_bytes(output), sink.bytes()),
         "Starting the stages");
  }
}

CHECK(Pipeline, KeepsNoDescriptor, part('C'), hygiene, points(4),
      "neither the caller nor a stage keeps a descriptor of the pipeline") {
  const std::size_t count = 4;
  Sink errors;
  const RunResult run = explore(
      Scenario()
          .with(calling(pipeline, {stages_that_tell(count)}).give("stderr", errors.write_end()))
          .with(errors)
          .when_quiet(let_settle));
  const OpenInStages open = open_in_stages(judge::to_text(errors.bytes()));
  for (std::size_t i = 0; i < count; ++i) {
    const std::string which =
        "Stage " + std::to_string(i + 1) + " of " + std::to_string(count) + " ";
    if (!open.contains(i)) {
      fail(Finding::wrong_result, which + "did not run, or has no standard error.",
           "Starting the stages");
    }
    std::vector<std::string> extra;
    for (const Open& one : open.at(i)) {
      if (one.fd > STDERR_FILENO) extra.push_back(in_words(one, open));
    }
    if (!extra.empty()) {
      fail(Finding::leak,
           which + "has more open than its standard input, output and error: " + joined(extra) +
               ". dup2(2) makes a copy; the original is closed by hand, or by O_CLOEXEC.",
           "Which end closes where");
    }
  }
  if (const std::string numbers = leaked(run.only()); !numbers.empty()) {
    fail(Finding::leak,
         "After a pipeline of " + std::to_string(count) + " stages the caller still has " +
             numbers + " open.",
         "Leaving no trace");
  }
  {
    // Pipelines that go wrong, and a caller that has things of its own.
    const std::string unknown = "no-" + random.word(6);
    const Bytes sent = random.bytes(random.between(100, 900));
    Source source(sent, {});
    Sink sink;
    const RunResult after = explore(Scenario()
                                        .with(calling(goes_on, {{{"true"}, {unknown}, {"cat"}},
                                                                {{unknown}},
                                                                {{"/proc"}, {"cat"}},
                                                                {{"stage", "die", "9"}, {"cat"}}})
                                                  .give("stdin", source.read_end())
                                                  .give("stdout", sink.write_end()))
                                        .with(source)
                                        .with(sink));
    const RoleResult& role = after.only();
    if (const std::string numbers = leaked(role); !numbers.empty()) {
      fail(Finding::leak,
           "After pipelines in which programs do not exist, or are ended by a signal, the caller "
           "still has " +
               numbers + " open.",
           "Leaving no trace");
    }
    const auto before = role.all("before"), now = role.all("after");
    for (const std::string& one : before) {
      if (std::find(now.begin(), now.end(), one) != now.end()) continue;
      fail(Finding::wrong_result,
           "Descriptor " + one.substr(0, one.find(' ')) +
               " of the caller is not what it was before run_pipeline: it has been closed, is "
               "another file now, or has other flags. It belongs to the caller.",
           "Leaving no trace");
    }
    if (const std::string text = difference(sent, sink.bytes()); !text.empty()) {
      fail(Finding::wrong_result,
           "Afterwards the caller passed its standard input on to its standard output, none of "
           "which the stages had asked for. " +
               text,
           "Leaving no trace");
    }
  }
}

CHECK(Pipeline, SurvivesFailingCalls, part('C'), faults, points(4),
      "run_pipeline copes with calls that fail half-way, and leaves nothing behind") {
  // More than a pipe holds: who waits for a stage, and holds the end that it waits for, hangs.
  const Bytes sent = lines_of_words(random, 12'000);
  const Pipeline stages{{"cat"}, {"tr", "a-m", "n-z"}, {"wc", "-c"}};
  std::optional<Source> source;
  std::optional<Sink> sink;
  const auto call_fails = [&](subject::Call call, int error) {
    return [&, call, error](std::uint32_t n) {
      source.emplace(sent, Source::Manner{});
      sink.emplace();
      return Scenario()
          .with(calling(pipeline, {stages})
                    .give("stdin", source->read_end())
                    .give("stdout", sink->write_end())
                    .fault({call, n, 1, error, 0}))
          .with(*source)
          .with(*sink)
          .when_quiet(let_settle)
          .may_throw();
    };
  };
  const auto is_right = [&](const RoleResult& role) {
    return role.how == "returned" && returned(role, 0) == std::vector<int>(stages.size(), 0) &&
           judge::to_text(sink->bytes()) == std::to_string(sent.size()) + "\n";
  };
  const auto outcome = [&](const RoleResult& role) -> std::string {
    if (role.how == "system-error") return "it threw ipc::SystemError (" + role.what + ")";
    if (role.how != "returned") return "it threw another exception (" + role.what + ")";
    const auto statuses = returned(role, 0);
    if (statuses != std::vector<int>(stages.size(), 0)) {
      return "it returned the statuses " +
             (statuses.empty() ? "none" : pipelines::to_text(statuses));
    }
    return is_right(role) ? "it returned" : "it returned, and not the right output came out";
  };
  const auto leaves_nothing = [&](const RunResult& run, const std::string& when) {
    const RoleResult& role = run.only();
    if (const std::string numbers = leaked(role); !numbers.empty()) {
      fail(Finding::leak,
           when + "the caller still has " + numbers +
               " open when run_pipeline is over. An exception, too, is a way out.",
           "When a call fails half-way");
    }
    if (!role.children.empty() || !run.strays.empty()) {
      fail(Finding::leak,
           when + "run_pipeline is over, and still there is " +
               joined(role.children.empty() ? run.strays : role.children) +
               ". Stages that have been started are to be waited for, when the ends of the pipes "
               "have been closed.",
           "When a call fails half-way");
    }
  };
  for (const auto& [call, error] :
       {std::pair{subject::call_pipe, EMFILE}, std::pair{subject::call_fork, EAGAIN}}) {
    for_every_call(
        call_fails(call, error), [&, error_ = error](const RunResult& run, std::uint32_t) {
          const RoleResult& role = run.only();
          const bool met = !role.faults.empty();
          const std::string when = met ? "When " + role.faults + ": " : "When no call failed: ";
          // Who tries again and succeeds is right as well.
          if (!is_right(role) && (!met || role.error() != error_)) {
            fail(met ? Finding::unhandled_fault : Finding::wrong_result,
                 when + "run_pipeline has to " +
                     (met ? std::string("throw ipc::SystemError with ") + ::strerrorname_np(error_)
                          : "run `" + in_bash(stages) + "`") +
                     ", and " + outcome(role) + ".",
                 "When a call fails half-way");
          }
          leaves_nothing(run, when);
        });
  }
  for_every_call(call_fails(subject::call_wait, EINTR), [&](const RunResult& run, std::uint32_t) {
    const RoleResult& role = run.only();
    if (role.faults.empty()) return;
    const std::string when = "When " + role.faults + ": ";
    if (!is_right(role) || !role.children.empty()) {
      fail(Finding::unhandled_fault,
           when + (is_right(role) ? "it did not wait any longer" : outcome(role)) +
               ". A signal has interrupted the wait, and the stage runs on: the same call again.",
           "Interrupted calls");
    }
    leaves_nothing(run, when);
  });
}

CHECK(Pipeline, RunsTheProgramsItself, part('C'), mechanism, points(2),
      "run_pipeline starts the programs itself and joins them by pipes") {
  const std::size_t count = 3;
  Source source({}, {});
  Sink output, errors;
  const RunResult run = explore(Scenario()
                                    .with(calling(pipeline, {stages_that_tell(count)})
                                              .give("stdin", source.read_end())
                                              .give("stdout", output.write_end())
                                              .give("stderr", errors.write_end()))
                                    .with(source)
                                    .with(output)
                                    .with(errors)
                                    .when_quiet(let_settle));
  const std::string told = judge::to_text(errors.bytes());
  if (run.only().shell_calls > 0) {
    fail(Finding::wrong_mechanism,
         "system(3) or popen(3) was called: they start a shell, which then does what is to be done "
         "here, with fork(2), dup2(2) and exec(3).",
         "Starting the stages");
  }
  if (told.find(shell_called) != std::string::npos) {
    fail(Finding::wrong_mechanism,
         "A shell was started. run_pipeline starts each program itself: execvp(3) finds it in PATH "
         "and takes the arguments as they are.",
         "Starting the stages");
  }
  const OpenInStages open = open_in_stages(told);
  for (std::size_t i = 0; i < count; ++i) {
    if (open.contains(i)) continue;
    fail(Finding::wrong_result,
         "Stage " + std::to_string(i + 1) + " of " + std::to_string(count) + " did not run.",
         "Starting the stages");
  }
  for (std::size_t i = 0; i + 1 < count; ++i) {
    const Open from = descriptor(open, i, STDOUT_FILENO);
    const Open to = descriptor(open, i + 1, STDIN_FILENO);
    if (from.kind == "pipe" && to.kind == "pipe" && from.inode == to.inode) continue;
    const std::string number = std::to_string(i + 1);
    fail(Finding::wrong_mechanism,
         "Stage " + number + " of " + std::to_string(count) + " writes to a " + from.kind +
             ", and the next one reads from " +
             (from.inode == to.inode ? "the same." : "another: a " + to.kind + ".") +
             " Two neighbours are joined by one pipe, whose write end the first has and whose read "
             "end the second.",
         "Starting the stages");
  }
  if (descriptor(open, 0, STDIN_FILENO).inode != std::to_string(source.inode()) ||
      descriptor(open, count - 1, STDOUT_FILENO).inode != std::to_string(output.inode())) {
    fail(Finding::wrong_mechanism,
         "The first stage is to read from the caller's own standard input and the last one to "
         "write to the caller's own standard output, without anybody in between who copies.",
         "Starting the stages");
  }
  if (!run.litter.empty()) {
    fail(Finding::wrong_mechanism,
         "Files were left behind (" + std::to_string(run.litter.size()) +
             "): what flows between the stages flows through pipes and through nothing else.",
         "Starting the stages");
  }
}
