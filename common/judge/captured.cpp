#include "common/judge/captured.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "common/ipc/system_error.h"
#include "common/judge/memory_file.h"
#include "common/judge/processes.h"

namespace judge {

using ipc::UniqueFd;
using std::chrono::milliseconds;

namespace {

// What everybody in a sandbox waits for; nothing if somebody can go on, or will some day.
std::optional<std::vector<ThreadState>> standstill(pid_t first) {
  std::vector<ThreadState> threads{main_thread_of(first)};
  for (const ProcessState& process : processes_below(first)) {
    threads.insert(threads.end(), process.threads.begin(), process.threads.end());
  }
  for (const ThreadState& thread : threads) {
    const Waiting waiting = waiting_of(thread);
    if (thread.state != 'S' || waiting.what == Waiting::For::nothing || waiting.timed) return {};
  }
  return threads;
}

}  // namespace

Captured capture(Sandbox& sandbox, const std::vector<std::string>& command, const std::string& work,
                 const Limits& limits, const CaptureLimits& bounds) {
  const auto make_pipe = [](UniqueFd& reading, UniqueFd& writing) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw ipc::SystemError("pipe2");
    reading = high(UniqueFd(ends[0]));
    writing = high(UniqueFd(ends[1]));
  };
  UniqueFd words, words_end, result, result_end;
  make_pipe(words, words_end);
  make_pipe(result, result_end);
  const UniqueFd null = high(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  Process process = sandbox.start(
      command, work, limits,
      {{null.get(), 0}, {words_end.get(), 1}, {words_end.get(), 2}, {result_end.get(), 3}});
  words_end.reset();
  result_end.reset();

  Captured captured;
  const auto end = std::chrono::steady_clock::now() + bounds.time;
  constexpr milliseconds between_looks{250};
  std::optional<std::vector<ThreadState>> before;
  std::array<pollfd, 2> open{{{words.get(), POLLIN, 0}, {result.get(), POLLIN, 0}}};
  // Aligned, here and elsewhere: mold 1.10 lets what is read-only after relocation begin where the
  // first such array stands, and at an odd address that can be a page that is not there.
  alignas(64) static thread_local std::array<char, 1 << 16> piece;
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    captured.too_long = left.count() <= 0;
    captured.too_much =
        captured.diagnostics.size() > bounds.diagnostics || captured.result.size() > bounds.result;
    if (captured.too_long || captured.too_much) break;
    const int ready =
        ::poll(open.data(), open.size(), static_cast<int>(std::min(left, between_looks).count()));
    if (ready == 0) {
      // Twice the same: nobody has run in between, and we are not who they wait for.
      auto now = standstill(process.first());
      captured.too_long = now && now == before;
      if (captured.too_long) break;
      before = std::move(now);
      continue;
    }
    before.reset();
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (open[i].revents == 0) continue;
      const ssize_t n = ::read(open[i].fd, piece.data(), piece.size());
      if (n <= 0) {
        open[i].fd = -1;
      } else if (i == 0) {
        captured.diagnostics.append(piece.data(), static_cast<std::size_t>(n));
      } else {
        const auto bytes = as_bytes({piece.data(), static_cast<std::size_t>(n)});
        captured.result.insert(captured.result.end(), bytes.begin(), bytes.end());
      }
    }
  }
  if (captured.too_long || captured.too_much) process.kill();
  captured.status = process.wait();
  captured.cpu = process.cpu();
  return captured;
}

}  // namespace judge
