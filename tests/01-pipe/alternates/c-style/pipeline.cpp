#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "common/ipc/system_error.h"

/* The ends of the n - 1 pipes, as ends[2 * i] (read) and ends[2 * i + 1] (write). */

static void close_all(std::vector<int>& ends) {
  for (int& fd : ends) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
}

/* Out of the way of 0, 1 and 2, which may be free. Returns -1 and leaves errno if that fails. */
static int raised(int fd) {
  if (fd > 2) return fd;
  int higher = fcntl(fd, F_DUPFD, 3);
  int error = errno;
  close(fd);
  errno = error;
  return higher;
}

static bool open_all(std::vector<int>& ends) {
  for (size_t i = 0; i < ends.size(); i += 2) {
    int pair[2];
    if (pipe(pair) < 0) return false;
    ends[i + 1] = pair[1]; /* so that close_all finds it, should the next line fail */
    ends[i] = raised(pair[0]);
    if (ends[i] < 0) return false;
    ends[i + 1] = raised(pair[1]);
    if (ends[i + 1] < 0) return false;
  }
  return true;
}

static void run_stage(char** argv, std::vector<int>& ends, size_t i) {
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (i > 0) dup2(ends[2 * (i - 1)], 0);
  if (2 * i < ends.size()) dup2(ends[2 * i + 1], 1);
  close_all(ends);
  execvp(argv[0], argv);
  _exit(errno == ENOENT ? 127 : 126);
}

static int wait_for(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) throw ipc::SystemError("waitpid");
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return 128 + WTERMSIG(status);
}

std::vector<int> lab::run_pipeline(const std::vector<Command>& stages) {
  if (stages.empty()) throw std::invalid_argument("no stages");
  for (const Command& command : stages)
    if (command.empty()) throw std::invalid_argument("a stage without a command");

  std::vector<std::vector<char*>> arguments(stages.size());
  for (size_t i = 0; i < stages.size(); i++) {
    for (const std::string& word : stages[i])
      arguments[i].push_back(const_cast<char*>(word.c_str()));
    arguments[i].push_back(nullptr);
  }
  std::vector<pid_t> pids(stages.size());
  std::vector<int> statuses(stages.size());
  std::vector<int> ends(2 * (stages.size() - 1), -1);

  if (!open_all(ends)) {
    int error = errno;
    close_all(ends);
    throw ipc::SystemError("pipe", error);
  }
  for (size_t i = 0; i < stages.size(); i++) {
    pids[i] = fork();
    if (pids[i] == 0) run_stage(arguments[i].data(), ends, i);
    if (pids[i] < 0) {
      int error = errno;
      close_all(ends);
      while (i-- > 0) {
        kill(pids[i], SIGKILL);
        wait_for(pids[i]);
      }
      throw ipc::SystemError("fork", error);
    }
  }
  close_all(ends);
  for (size_t i = 0; i < stages.size(); i++) statuses[i] = wait_for(pids[i]);
  return statuses;
}
