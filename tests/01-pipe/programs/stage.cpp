/// stage: what the checks of part C put into their pipelines, beside `cat`, `yes` and the others.
///
///     stage xor N          passes its input on, each byte xor N
///     stage rotate N       passes its input on, each byte plus N
///     stage words WORD...  writes its arguments: each with its length before it, "5:hello\n"
///     stage text SEED N    writes N lines of random words, the same for the same seed
///     stage exit N         exits with N at once
///     stage drain N        reads its input to the end, then exits with N
///     stage take           exits with the first byte of its input, when it has passed on the rest
///     stage die N          is ended by signal N
///     stage complain WORD  writes the word to its standard error, as a line
///     stage tell           passes its input on to its standard error
///     stage descriptors N  tells on its standard error what it has open, as a line that begins so
///
/// A submission finds it under the names sh, bash and dash, too: there is no shell that could do
/// the student's work.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr int wrong_usage = 64;

// Exits as `cat` does, if nobody reads any more and SIGPIPE is ignored.
void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) ::_exit(1);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Up to `most` bytes of the standard input; none at its end.
std::string_view read_some(std::size_t most) {
  static char buffer[1 << 16];
  ssize_t n = 0;
  while ((n = ::read(STDIN_FILENO, buffer, std::min(most, sizeof buffer))) < 0) {
    if (errno != EINTR) ::_exit(1);
  }
  return {buffer, static_cast<std::size_t>(n)};
}

template <class Change>
void pass_on(int to, Change change) {
  for (std::string_view bytes; !(bytes = read_some(SIZE_MAX)).empty();) {
    std::string changed(bytes);
    for (char& c : changed) c = static_cast<char>(change(static_cast<unsigned char>(c)));
    write_all(to, changed);
  }
}

void write_text(std::uint64_t seed, long lines) {
  std::string text;
  const auto next = [&seed] {
    return (seed = seed * 6364136223846793005U + 1442695040888963407U) >> 33;
  };
  for (long i = 0; i < lines; ++i) {
    for (auto letters = 1 + next() % 12; letters > 0; --letters) {
      text += static_cast<char>('a' + next() % 26);
    }
    text += '\n';
  }
  write_all(STDOUT_FILENO, text);
}

std::string kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "pipe";
  if (S_ISREG(mode)) return "file";
  if (S_ISSOCK(mode)) return "socket";
  if (S_ISCHR(mode)) return "device";
  return "other";
}

// "2: 0=pipe:r:4711 1=pipe:w:4712 2=device:rw:5" on a line of its own, whatever others write there:
// in one write, and behind a newline.
void tell_descriptors(const std::string& label) {
  std::string line = "\n" + label + ":";
  for (int fd = 0; fd < 1024; ++fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) continue;
    const int mode = ::fcntl(fd, F_GETFL) & O_ACCMODE;
    line += " " + std::to_string(fd) + "=" + kind_of(status.st_mode) +
            (mode == O_RDONLY   ? ":r:"
             : mode == O_WRONLY ? ":w:"
                                : ":rw:") +
            std::to_string(status.st_ino);
  }
  write_all(STDERR_FILENO, line + "\n");
}

[[noreturn]] void die(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(wrong_usage);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view path = argc > 0 ? argv[0] : "";
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name == "sh" || name == "bash" || name == "dash") {
    write_all(STDERR_FILENO, "ipclab: no shell here, run_pipeline starts the programs itself\n");
    return 127;
  }
  const std::string_view what = argc > 1 ? argv[1] : "";
  const std::string word = argc > 2 ? argv[2] : "";
  const int number = std::atoi(word.c_str());
  if (what == "xor") {
    pass_on(STDOUT_FILENO, [number](int byte) { return byte ^ number; });
  } else if (what == "rotate") {
    pass_on(STDOUT_FILENO, [number](int byte) { return byte + number; });
  } else if (what == "words") {
    std::string text;
    for (int i = 2; i < argc; ++i) {
      text += std::to_string(std::strlen(argv[i])) + ":" + argv[i] + "\n";
    }
    write_all(STDOUT_FILENO, text);
  } else if (what == "text" && argc > 3) {
    write_text(std::strtoull(argv[2], nullptr, 10), std::atol(argv[3]));
  } else if (what == "exit") {
    return number;
  } else if (what == "drain") {
    while (!read_some(SIZE_MAX).empty()) {
    }
    return number;
  } else if (what == "take") {
    const std::string_view first = read_some(1);
    const int status = first.empty() ? wrong_usage : static_cast<unsigned char>(first[0]);
    pass_on(STDOUT_FILENO, [](int byte) { return byte; });
    return status;
  } else if (what == "die") {
    die(number);
  } else if (what == "complain") {
    write_all(STDERR_FILENO, word + "\n");
  } else if (what == "tell") {
    pass_on(STDERR_FILENO, [](int byte) { return byte; });
  } else if (what == "descriptors") {
    tell_descriptors(word);
  } else {
    write_all(STDERR_FILENO, "stage: I do not know \"" + std::string(what) + "\"\n");
    return wrong_usage;
  }
  return 0;
}
