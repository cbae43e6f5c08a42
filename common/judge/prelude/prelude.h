/// What nearly every file of a lab includes, compiled once: headers are most of a short file's
/// compile time. The grader includes it in front of a student's file; a file that does not compile
/// with it is compiled again without, and only that counts.
#ifndef IPCLAB_PRELUDE_H  // and no `#pragma once`, of which g++ warns in what it precompiles
#define IPCLAB_PRELUDE_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#endif
