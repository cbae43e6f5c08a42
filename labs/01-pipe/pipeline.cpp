#include "pipeline.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {

// For each stage: a pipe to the next one, a fork, and in the child dup2 and exec. Start all of
// them, then wait for all of them. Draw the pipes on paper first, with every process that holds an
// end, and cross out the ends that it does not need: each of those must be closed. Begin with one
// stage, then two; a third shows what is still open.
// README.md, part C: all of it, from "Starting the stages" on.
std::vector<int> run_pipeline([[maybe_unused]] const std::vector<Command>& stages) {
  ipc::not_started();  // Delete this line when you begin.
}

}  // namespace lab
