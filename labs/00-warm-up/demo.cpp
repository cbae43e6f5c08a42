// Lab 00, to play with: runs your code, so that there is something to see before you grade it.
//
//     demo            both parts, one after the other
//     demo child      part A: children that end in different ways
//     demo counter    part B: four children and one counter
//
// It checks little and is not graded: change it as you like.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <string_view>

#include "child.h"
#include "common/ipc/not_started.h"
#include "shared_counter.h"

namespace {

/// Runs `body` and says what stopped it, if anything did.
void attempt(const char* part, const std::function<void()>& body) {
  std::printf("%s\n", part);
  try {
    body();
  } catch (const ipc::NotStarted& missing) {
    std::printf("  %s is not written yet (%s:%d).\n", missing.function(), missing.file(),
                missing.line());
  } catch (const std::exception& error) {
    std::printf("  stopped by an exception: %s\n", error.what());
  }
}

void show(const char* what, const lab::ExitStatus& status) {
  if (status.how == lab::ExitStatus::How::exited) {
    std::printf("  a child that %s exited with %d\n", what, status.number);
  } else {
    std::printf("  a child that %s was ended by signal %d, %s\n", what, status.number,
                ::strsignal(status.number));
  }
}

void children() {
  int variable = 5;
  show("sets a variable to 9 and returns 3", lab::run_child([&variable] {
         variable = 9;
         return 3;
       }));
  std::printf("  ... and here the variable is still %d\n", variable);
  show("returns 256", lab::run_child([] { return 256; }));
  show("kills itself", lab::run_child([] { return ::raise(SIGKILL); }));
  show("throws", lab::run_child([]() -> int { throw 42; }));
}

void counting() {
  constexpr int processes = 4, times = 100'000;
  lab::SharedCounter counter;
  std::fflush(stdout);
  for (int i = 0; i < processes; ++i) {
    if (::fork() != 0) continue;
    for (int n = 0; n < times; ++n) counter.increment();
    ::_exit(0);
  }
  while (::wait(nullptr) > 0) {
  }
  std::printf("  %d children counted to %d each, and the counter stands at %ld\n", processes, times,
              counter.value());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view part = argc > 1 ? argv[1] : "";
  if (part.empty() || part == "child") attempt("Part A, run_child:", children);
  if (part.empty() || part == "counter") attempt("Part B, SharedCounter:", counting);
  if (!part.empty() && part != "child" && part != "counter") {
    std::fprintf(stderr, "demo: there is '%s child' and '%s counter'\n", argv[0], argv[0]);
    return 2;
  }
}
