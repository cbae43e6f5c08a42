#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "bash.h"
#include "callers.h"
#include "common/ipc/system_error.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "pipeline.h"
#include "stages.h"

using namespace judge;
using namespace pipelines;

// Part C: what comes out, and what comes back -----------------------------------------------------

// Runs the pipelines that it is given one after the other, and reports the statuses of each.
ROLE(pipeline) {
  run_all(me);
  settle(me);
}

// As pipeline; but without standard input and output, as a daemon has none: 0 and 1 are free.
ROLE(like_a_daemon) {
  ::close(STDIN_FILENO);
  ::close(STDOUT_FILENO);
  run_all(me);
}

// As pipeline; but it has a child of its own, which has ended and is still to be waited for.
ROLE(has_a_child) {
  const auto status = static_cast<int>(me.number("own status"));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(status);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  run_all(me);
  int told = 0;
  const bool is_mine = ::waitpid(child, &told, 0) == child;
  me.report("own child", is_mine && WIFEXITED(told) ? WEXITSTATUS(told) : -1);
}

// As pipeline; but what it has printed before is still in its memory.
ROLE(has_printed) {
  std::fputs(me.text("text").c_str(), stdout);
  run_all(me);
  std::fflush(stdout);
}

// Asks for pipelines that cannot be.
ROLE(asks_for_nothing) {
  const auto ask = [&](const char* tag, const Pipeline& stages) {
    try {
      const auto statuses = run(me, stages);
      me.report(tag, "returned " + std::to_string(statuses.size()) + " statuses");
    } catch (const std::invalid_argument&) {
      me.report(tag, "std::invalid_argument");
    } catch (const ipc::SystemError& e) {
      me.report(tag, std::string("threw ipc::SystemError (") + e.what() + ")");
    }
  };
  ask("no stage", {});
  ask("no word", {{"true"}, {}});
}

// Says the statuses behind what the pipeline has written, as bash does that runs the same.
ROLE(as_bash_does) {
  for (const Pipeline& stages : decode(me.text("pipelines"))) {
    const std::string line = "\n" + me.text("marker") + " " + to_text(run(me, stages)) + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return;
  }
}

CHECK(Pipeline, ConnectsTheStages, part('C'), behaviour, points(5),
      "run_pipeline starts each stage with its arguments and joins them in their order") {
  // xor and plus: what comes out depends on the order.
  for (const std::size_t count :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, random.between(4, 5), std::size_t{6}}) {
    const Bytes sent = random.bytes(random.between(1000, 9000));
    Bytes expected = sent;
    Pipeline stages;
    for (std::size_t i = 0; i < count; ++i) {
      if (i == 3) {
        stages.push_back({random.coin() ? "cat" : "/usr/bin/cat"});
        continue;
      }
      const bool is_xor = i % 2 == 0;
      const std::size_t number = random.between(1, 254);
      stages.push_back({"stage", is_xor ? "xor" : "rotate", std::to_string(number)});
      for (std::byte& byte : expected) {
        const auto value = static_cast<std::size_t>(byte);
        byte = static_cast<std::byte>(is_xor ? value ^ number : value + number);
      }
    }
    Source source(sent, {});
    Sink sink;
    const RunResult run = explore(Scenario()
                                      .with(calling(pipeline, {stages})
                                                .give("stdin", source.read_end())
                                                .give("stdout", sink.write_end()))
                                      .with(source)
                                      .with(sink)
                                      .when_quiet(let_settle));
    if (const std::string text = difference(expected, sink.bytes()); !text.empty()) {
      fail(Finding::wrong_result,
           std::to_string(sent.size()) + " bytes went into `" + in_bash(stages) + "`. " + text +
               about_stage + about_shell(run.only()),
           "Starting the stages");
    }
  }
  {
    const std::vector<std::string> words{random.word(5),
                                         "",
                                         random.word(3) + " " + random.word(4),
                                         "*",
                                         "$HOME",
                                         "\"" + random.word(2) + "'",
                                         "\\n",
                                         "\n",
                                         "-n",
                                         "`id`",
                                         "; exit 3",
                                         " "};
    lab::Command writes_words{"stage", "words"};
    writes_words.insert(writes_words.end(), words.begin(), words.end());
    const std::vector<std::string> complaints{random.word(9), random.word(9), random.word(9)};
    Pipeline complains;
    for (const std::string& word : complaints) complains.push_back({"stage", "complain", word});
    Sink output, errors;
    explore(Scenario()
                .with(calling(pipeline, {{writes_words, {"cat"}}, complains})
                          .give("stdout", output.write_end())
                          .give("stderr", errors.write_end()))
                .with(output)
                .with(errors)
                .when_quiet(let_settle));
    const auto arrived = words_in(judge::to_text(output.bytes()));
    for (std::size_t i = 0; i < words.size() || i < arrived.size(); ++i) {
      if (i < words.size() && i < arrived.size() && words[i] == arrived[i]) continue;
      fail(Finding::wrong_result,
           "A stage was to get " + std::to_string(words.size()) +
               " arguments behind the first two, and got " + std::to_string(arrived.size()) +
               ". Number " + std::to_string(i + 1) + " is " +
               (i < words.size() ? in_bash(words[i]) : "one too many") + ", and there came " +
               (i < arrived.size() ? in_bash(arrived[i]) : "nothing") +
               ". (Written as for bash.) Arguments go to exec(3) as they are: no shell takes them "
               "apart, so that nothing is to be quoted or left out.",
           "Starting the stages");
    }
    std::string lines = judge::to_text(errors.bytes());
    for (std::size_t i = 0; i < complaints.size(); ++i) {
      if (lines.find(complaints[i] + "\n") != std::string::npos) continue;
      fail(Finding::wrong_result,
           "Stage " + std::to_string(i + 1) + " of " + std::to_string(complaints.size()) +
               " wrote a line to its standard error, and it did not come out of the caller's. All "
               "stages share the standard error of their caller.",
           "Starting the stages");
    }
  }
  {
    const std::string word = random.word(20);
    Sink errors;
    explore(Scenario()
                .with(calling(like_a_daemon, {{{"stage", "words", word}, {"stage", "tell"}}})
                          .give("stderr", errors.write_end()))
                .with(errors));
    if (words_in(judge::to_text(errors.bytes())) != std::vector<std::string>{word}) {
      fail(Finding::wrong_result,
           "The caller had its descriptors 0 and 1 closed, as a daemon has, and of two stages the "
           "first wrote a line to the second: it did not arrive. Then pipe(2) returns 0 and 1, and "
           "dup2(2) of a descriptor onto itself does nothing.",
           "Starting the stages");
    }
  }
  const RoleResult asked = explore(Scenario().with(Cast(asks_for_nothing)).may_throw()).only();
  for (const char* tag : {"no stage", "no word"}) {
    const auto told = asked.all(tag);
    if (told == std::vector<std::string>{"std::invalid_argument"}) continue;
    fail(Finding::wrong_result,
         std::string("run_pipeline was called with ") +
             (tag == std::string_view("no stage") ? "no stage at all"
                                                  : "two stages, the second without a word") +
             ". It has to throw std::invalid_argument, and it " +
             (told.empty() ? "threw something else" : told.front()) + ".",
         "Starting the stages");
  }
}

CHECK(Pipeline, ReturnsEachStatus, part('C'), behaviour, points(5),
      "run_pipeline returns the status of each stage, as PIPESTATUS has it") {
  const auto number = [this](std::size_t low, std::size_t high) {
    return static_cast<int>(random.between(low, high));
  };
  const auto exits = [](int status) {
    return lab::Command{"stage", "exit", std::to_string(status)};
  };
  const auto dies = [](int signal) { return lab::Command{"stage", "die", std::to_string(signal)}; };
  const std::string unknown = "no-" + random.word(6);

  {
    // The last stage ends first, for sure: the first one's input ends when nothing else happens.
    const int first = number(1, 127), second = number(128, 255);
    const Pipeline stages{{"stage", "drain", std::to_string(first)}, exits(second)};
    Source source({}, {.close_at_end = false});
    const RunResult run =
        explore(Scenario()
                    .with(calling(pipeline, {stages}).give("stdin", source.read_end()))
                    .with(source)
                    .when_quiet([&](Observer& observer) {
                      if (!source.holds_write_end()) return let_settle(observer);
                      source.close();
                      return true;
                    }));
    const std::string text = wrong_statuses(stages, {first, second}, returned(run.only(), 0));
    if (!text.empty()) fail(Finding::wrong_result, text + about_shell(run.only()), "Statuses");
  }
  // None of them writes to one that leaves early, except where that is the point.
  std::vector<Pipeline> all{{exits(0)}};
  std::vector<std::vector<int>> expected{{0}};
  const auto add = [&](Pipeline stages, std::vector<int> statuses) {
    all.push_back(std::move(stages));
    expected.push_back(std::move(statuses));
  };
  for (std::size_t count = 1; count <= 4; ++count) {
    add({}, {});
    for (std::size_t i = 0; i < count; ++i) {
      expected.back().push_back(number(1, 255));
      all.back().push_back(exits(expected.back().back()));
    }
  }
  for (const int signal : {SIGKILL, SIGTERM, SIGSEGV}) {
    const int status = number(1, 255);
    add({exits(status), dies(signal)}, {status, 128 + signal});
  }
  const int status = number(1, 127);
  add({dies(SIGHUP), exits(status), dies(SIGUSR1)}, {128 + SIGHUP, status, 128 + SIGUSR1});
  add({{unknown}}, {127});
  add({{"/no/such/program"}, exits(status)}, {127, status});
  add({{"/proc"}}, {126});                                 // a directory
  add({exits(status), {"/proc/version"}}, {status, 126});  // a file without x
  // Its neighbours notice: nobody reads, nothing comes.
  add({{"yes"}, {unknown}, {"cat"}}, {141, 127, 0});
  add({{"yes"}, {"/proc"}, {"wc", "-l"}}, {141, 126, 0});
  {
    Sink sink;
    const RunResult run = explore(Scenario()
                                      .with(calling(pipeline, all).give("stdout", sink.write_end()))
                                      .with(sink)
                                      .when_quiet(let_settle)
                                      .may_throw());
    const RoleResult& role = run.only();
    if (const auto child = role.all("child"); !child.empty()) {
      fail(Finding::wrong_result,
           "In `" + child.front() +
               "` a program cannot be started, and the child that was to become it came back from "
               "run_pipeline: from there on two processes run the caller's program. If execvp(3) "
               "returns, the child has to leave with _exit(2).",
           "Starting the stages");
    }
    if (role.how != "returned") {
      fail(Finding::wrong_result,
           "run_pipeline threw an exception (" + role.what + ") for `" +
               in_bash(all[std::min(role.all("statuses").size(), all.size() - 1)]) +
               "`. What becomes of a stage is told by its status.",
           "Statuses");
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string text = wrong_statuses(all[i], expected[i], returned(role, i));
      if (!text.empty()) fail(Finding::wrong_result, text + about_shell(role), "Statuses");
    }
  }
  {
    // Each stage is told its status by what flows through it.
    const Bytes told = random.bytes(4);
    Source source(told, {});
    const Pipeline stages(told.size(), {"stage", "take"});
    const RunResult run =
        explore(Scenario()
                    .with(calling(pipeline, {stages}).give("stdin", source.read_end()))
                    .with(source)
                    .when_quiet(let_settle));
    std::vector<int> each;
    for (const std::byte byte : told) each.push_back(static_cast<int>(byte));
    const std::string text = wrong_statuses(stages, each, returned(run.only(), 0));
    if (!text.empty()) fail(Finding::wrong_result, text, "Statuses");
  }
  {
    const int own = number(1, 255);
    const Pipeline stages{exits(number(1, 255)), exits(number(1, 255))};
    const RunResult run = explore(
        Scenario().with(calling(has_a_child, {stages}).give("own status", own)).may_throw());
    const std::vector<int> right{std::atoi(stages[0][2].c_str()), std::atoi(stages[1][2].c_str())};
    if (returned(run.only(), 0) != right ||
        run.only().all("own child") != std::vector{std::to_string(own)}) {
      fail(Finding::wrong_result,
           "The caller had a child of its own before it called run_pipeline, and that child's end "
           "was taken for a stage's. Wait for the processes that you have started, by their "
           "numbers: wait(2), and waitpid(2) with -1, take any child's.",
           "Statuses");
    }
  }
  {
    const std::string printed = random.word(30) + "\n";
    Sink sink;
    explore(Scenario()
                .with(calling(has_printed, {{{unknown}}, {{"true"}, {"/proc"}}})
                          .give("text", printed)
                          .give("stdout", sink.write_end()))
                .with(sink));
    const std::string output = judge::to_text(sink.bytes());
    std::size_t times = 0;
    for (std::size_t at = 0; (at = output.find(printed, at)) != std::string::npos; ++at) ++times;
    if (times != 1) {
      fail(Finding::wrong_result,
           "The caller had printed a line with printf(3) before it called run_pipeline for "
           "programs that do not exist, and the line came out " +
               std::to_string(times) +
               " times. A child has a copy of what its parent has not written yet, and exit(3) "
               "writes it: leave with _exit(2).",
           "Starting the stages");
    }
  }
}

CHECK(Pipeline, AgreesWithBash, part('C'), behaviour, points(3),
      "run_pipeline and bash come to the same outputs and statuses") {
  // The project's own tests ask for some hundreds.
  const char* wish = std::getenv("IPCLAB_PIPELINES");
  std::size_t left = wish != nullptr ? std::max(std::strtoul(wish, nullptr, 10), 1UL) : 24;
  Generator generator(random);
  while (left > 0) {
    std::vector<Pipeline> all(std::min<std::size_t>(left, 32));
    left -= all.size();
    for (Pipeline& stages : all) stages = generator.next();
    const std::string marker = random.word(24);
    Sink sink;
    explore(
        Scenario()
            .with(
                calling(as_bash_does, all).give("marker", marker).give("stdout", sink.write_end()))
            .with(sink));
    const auto ours = endings_in(judge::to_text(sink.bytes()), marker);
    const auto bashs = run_in_bash(all, marker);
    bool reordered = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Ending got = i < ours.size() ? ours[i] : Ending{};
      const auto expected = to_statuses(bashs[i].statuses), statuses = to_statuses(got.statuses);
      // Which of them are in another order may be another one each time: none is named.
      reordered = reordered || is_reordered(expected, statuses);
      const std::string text =
          is_reordered(expected, statuses) ? "" : wrong_statuses(all[i], expected, statuses);
      if (!text.empty()) {
        fail(Finding::wrong_result, "Asked for the same, bash says something else. " + text,
             "Statuses");
      }
      const std::string output = difference(as_bytes(bashs[i].output), as_bytes(got.output));
      if (output.empty()) continue;
      fail(Finding::wrong_result,
           "What comes out of `" + in_bash(all[i]) + "` is not what comes out when bash runs it. " +
               output + (has_stage(all[i]) ? about_stage : ""),
           "Starting the stages");
    }
    if (reordered) {
      fail(Finding::wrong_result,
           "For many pipelines, bash and run_pipeline return the same statuses in another order." +
               std::string(about_order),
           "Statuses");
    }
  }
}
