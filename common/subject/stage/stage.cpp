/// The subject's trusted half where schedules are explored: the main of a program that holds the
/// submission, the roles of its lab, and the engine.
///
///     stage PLAYBILL
///
/// It makes the pipes, forks one process for each role, and lets them begin when all are there.
/// Until then there is nothing to choose; from there on every step is one of the schedule. It does
/// not wait for them: what it would do then would be steps, too, and those of nobody's program.
/// @see subject::Playbill, interleave::assemble

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "common/interleave/core/engine.h"
#include "common/subject/me.h"
#include "common/subject/playbill.h"

namespace subject {

namespace {

using Pipes = std::vector<std::array<int, 2>>;

Playbill read_playbill(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) ::_exit(125);
  return decode(bytes);
}

// What another run has left there.
void empty(const std::vector<std::string>& directories) {
  namespace fs = std::filesystem;
  std::error_code failed;
  for (const std::string& directory : directories) {
    for (const auto& entry : fs::directory_iterator(directory, failed)) {
      fs::remove_all(entry.path(), failed);
    }
  }
}

Pipes make_pipes(const Playbill& bill) {
  Pipes pipes;
  for (const int capacity : bill.capacities) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) ::_exit(125);
    if (capacity > 0) ::fcntl(ends[1], F_SETPIPE_SZ, capacity);
    pipes.push_back(ends);
  }
  return pipes;
}

// Of all ends a role keeps those that it was given; the names of the standard streams are numbers.
std::map<std::string, int> take_ends(const Playbill::Part& part, const Pipes& pipes) {
  std::map<std::string, int> descriptors;
  std::vector<int> kept;
  for (const auto& [name, end] : part.ends) {
    const int fd = pipes.at(end.pipe)[end.writes ? 1 : 0];
    const char* streams[] = {"stdin", "stdout", "stderr"};
    const auto* const stream = std::find(std::begin(streams), std::end(streams), name);
    if (stream != std::end(streams)) {
      ::dup2(fd, static_cast<int>(stream - std::begin(streams)));
      continue;
    }
    descriptors[name] = fd;
    kept.push_back(fd);
  }
  for (const auto& ends : pipes) {
    for (const int fd : ends) {
      if (std::find(kept.begin(), kept.end(), fd) == kept.end()) ::close(fd);
    }
  }
  return descriptors;
}

[[noreturn]] void play(const Playbill& bill, std::size_t index, const Pipes& pipes) {
  const Playbill::Part& part = bill.parts[index];
  const auto descriptors = take_ends(part, pipes);
  RoleFunction body = nullptr;
  {
    const interleave::Inside preparation;
    body =
        reinterpret_cast<RoleFunction>(::dlsym(RTLD_DEFAULT, ("ipclab_role_" + part.role).c_str()));
  }
  if (body == nullptr) ::_exit(125);
  const auto payload = std::as_bytes(std::span(part.payload));
  const int number = static_cast<int>(index);
  Me me(part.role, part.arguments, descriptors, {payload.begin(), payload.end()}, number);
  interleave::assemble(static_cast<std::uint32_t>(bill.parts.size()));
  me.report_end(body(me));
  ::_exit(0);
}

}  // namespace

}  // namespace subject

int main(int argc, char** argv) {
  if (argc != 2) return 125;
  interleave::begin_preparing();
  subject::Playbill bill;
  {
    const interleave::Inside preparation;
    bill = subject::read_playbill(argv[1]);
    subject::empty(bill.scratch);
  }
  const subject::Pipes pipes = subject::make_pipes(bill);
  for (std::size_t i = 0; i < bill.parts.size(); ++i) {
    const pid_t pid = ::fork();
    if (pid < 0) return 125;
    if (pid == 0) subject::play(bill, i, pipes);
  }
  for (const auto& ends : pipes) {
    for (const int fd : ends) ::close(fd);
  }
  ::_exit(0);
}
