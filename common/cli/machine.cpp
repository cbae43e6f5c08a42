#include "common/cli/machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "common/cli/signals.h"
#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"
#include "common/report/text.h"

namespace cli {

ProgramRun run_program(const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw ipc::SystemError("pipe2");
  const ipc::UniqueFd read_end(ends[0]);
  ipc::UniqueFd write_end(ends[1]);
  std::vector<std::string> copy = arguments;
  std::vector<char*> pointers;
  for (std::string& argument : copy) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  constexpr int not_started = 127;
  const pid_t pid = ::fork();
  if (pid < 0) throw ipc::SystemError("fork");
  if (pid == 0) {
    Signals::restore_defaults();
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(write_end.get(), STDOUT_FILENO);
    ::dup2(write_end.get(), STDERR_FILENO);
    ::execvp(pointers[0], pointers.data());
    ::_exit(not_started);
  }
  write_end.reset();  // or the end of the output would never be seen

  ProgramRun run;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = ::read(read_end.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    run.output.append(buffer.data(), static_cast<std::size_t>(count));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  run.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  run.started = run.exit_status != not_started;
  run.output = report::clean(run.output);
  return run;
}

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::string size_text(double bytes) {
  const double mebibytes = bytes / (1024 * 1024);
  if (mebibytes < 1024) return fmt::format("{:.0f} MiB", mebibytes);
  return fmt::format("{:.1f} GiB", mebibytes / 1024);
}

}  // namespace cli
