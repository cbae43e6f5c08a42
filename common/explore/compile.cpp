#include "common/explore/compile.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "common/ipc/system_error.h"

namespace explore {

namespace fs = std::filesystem;

namespace {

bool is_c(const fs::path& source) { return source.extension() == ".c"; }

// What a command that compiles may say of linking.
constexpr std::array<std::string_view, 6> link_options{"-l",        "-L",       "-Wl,",
                                                       "-fuse-ld=", "-stdlib=", "-B"};

// Pairs of drivers: of C, and of C++.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> drivers{
    {{"clang", "clang++"}, {"gcc", "g++"}, {"cc", "c++"}}};

// What `word` becomes when it is to compile the other language; nothing if it is no compiler.
// "x86_64-linux-gnu-g++-12" is one, and "ccache" is not.
std::optional<std::string> driver_for(const std::string& word, bool c) {
  const fs::path path(word);
  const std::string name = path.filename().string();
  for (const auto& [of_c, of_cxx] : drivers) {
    for (const std::string_view driver : {of_cxx, of_c}) {
      const auto at = name.rfind(driver);
      if (at == std::string::npos || (at > 0 && name[at - 1] != '-')) continue;
      const std::string version = name.substr(at + driver.size());
      if (version.find_first_not_of("-.0123456789") != std::string::npos) continue;
      const std::string other = name.substr(0, at).append(c ? of_c : of_cxx).append(version);
      return path.has_parent_path() ? (path.parent_path() / other).string() : other;
    }
  }
  return std::nullopt;
}

bool is_option_of(const std::string& word, bool c) {
  const bool cxx = word.starts_with("-std=c++") || word.starts_with("-std=gnu++") ||
                   word.starts_with("-stdlib=");
  if (c) return !cxx;
  return cxx || !word.starts_with("-std=");
}

// The command that compiles one of the languages. It may be given for the other one, or for both:
// then what is said of the other's standard is left out.
std::vector<std::string> command_for(const Toolchain& tools, bool c) {
  const std::string standard = c ? "-std=gnu17" : "-std=c++20";
  if (tools.command.empty()) {
    return {driver_for(tools.compiler, c).value_or(tools.compiler), standard, "-Wall", "-Wextra"};
  }
  std::vector<std::string> words;
  bool is_another = false, in_options = false;
  for (const std::string& word : tools.command) {
    in_options = in_options || word.starts_with("-");
    if (!in_options) {
      words.push_back(driver_for(word, c).value_or(word));
      is_another = is_another || words.back() != word;
    } else if (is_option_of(word, c)) {
      words.push_back(word);
    }
  }
  const bool has_standard = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.starts_with("-std=");
  });
  if (is_another && !has_standard) words.push_back(standard);
  return words;
}

// The compiler itself: what stands before the first option. "g++" in "ccache g++ -O1".
std::string driver_of(const std::vector<std::string>& command) {
  std::string driver = command.front();
  for (const std::string& word : command) {
    if (word.starts_with("-")) break;
    driver = word;
  }
  return driver;
}

// By its name, or by that of the file behind it: c++ may be either.
bool is_clang(const std::string& driver) {
  if (fs::path(driver).filename().string().find("clang") != std::string::npos) return true;
  std::vector<fs::path> places;
  if (driver.find('/') != std::string::npos) {
    places.emplace_back(driver);
  } else if (const char* path = std::getenv("PATH"); path != nullptr) {
    std::istringstream directories(path);
    for (std::string directory; std::getline(directories, directory, ':');) {
      places.push_back(fs::path(directory) / driver);
    }
  }
  for (const fs::path& place : places) {
    std::error_code error;
    const fs::path file = fs::canonical(place, error);
    if (!error) return file.filename().string().find("clang") != std::string::npos;
  }
  return false;
}

bool is_for_linker(const std::string& word) {
  return std::any_of(link_options.begin(), link_options.end(),
                     [&](std::string_view option) { return word.starts_with(option); });
}

/// @returns the exit status, as a shell has it.
int run(const std::vector<std::string>& words) {
  std::vector<std::string> copy = words;
  std::vector<char*> arguments;
  for (std::string& word : copy) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (error != 0) throw CompileError(words[0] + ": " + std::generic_category().message(error));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw ipc::SystemError("waitpid");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::vector<std::string> words_of(const std::string& command) {
  wordexp_t found{};
  // No commands, and nothing that is not there: a compiler's name and options are just words.
  if (::wordexp(command.c_str(), &found, WRDE_NOCMD) != 0) {
    throw std::invalid_argument("'" + command + "' cannot be split into words as a shell does it");
  }
  std::vector<std::string> words(found.we_wordv, found.we_wordv + found.we_wordc);
  ::wordfree(&found);
  if (words.empty()) throw std::invalid_argument("the command is empty");
  return words;
}

bool is_executable(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  std::array<char, 18> head{};
  input.read(head.data(), head.size());
  // ELF, of the kinds that can be run: fixed, or at any address. @see elf(5)
  return input && std::string_view(head.data(), 4) == "\177ELF" && (head[16] == 2 || head[16] == 3);
}

fs::path compile(const Toolchain& tools, const std::vector<std::string>& sources,
                 const fs::path& directory) {
  std::vector<std::string> objects;
  for (const std::string& source : sources) {
    std::vector<std::string> words = command_for(tools, is_c(source));
    // Without optimisation: what the compiler takes out, nobody could see.
    const bool clang = is_clang(driver_of(words));
    words.insert(words.end(), {"-O0", "-g", "-fno-omit-frame-pointer", "-fsanitize=thread"});
    if (clang) {
      words.insert(words.end(), {"-mllvm", "-tsan-instrument-read-before-write=1"});
    } else {
      words.emplace_back("-Wno-tsan");
    }
    const fs::path object = directory / (std::to_string(objects.size()) + "-" +
                                         fs::path(source).stem().string() + ".o");
    words.insert(words.end(), {"-c", source, "-o", object.string()});
    if (run(words) != 0) throw CompileError(source + " does not compile");
    objects.push_back(object.string());
  }
  const fs::path program = directory / "program";
  // By the driver of C++, whatever the sources are: the engine is C++. And without
  // -fsanitize=thread, which would bring ThreadSanitizer's own runtime.
  const std::vector<std::string> command = command_for(tools, false);
  std::vector<std::string> words{driver_of(command)};
  words.insert(words.end(), objects.begin(), objects.end());
  const std::size_t before = words.size();
  std::copy_if(command.begin(), command.end(), std::back_inserter(words), is_for_linker);
  // Each shared library is five mappings, and every schedule forks them all. Libraries that
  // somebody brings along may need the one libstdc++ that is shared.
  if (words.size() == before) {
    words.insert(words.end(), {"-Wl,--as-needed", "-static-libstdc++", "-static-libgcc"});
  }
  // The engine as a whole, found before libc; and libc's own functions found at the beginning.
  words.insert(words.end(), {"-Wl,--whole-archive", tools.engine.string(), "-Wl,--no-whole-archive",
                             "-rdynamic", "-Wl,-z,now", "-pthread", "-lrt", "-ldl", "-lm"});
  words.insert(words.end(), {"-o", program.string()});
  if (run(words) != 0) throw CompileError("the program cannot be linked with the engine");
  return program;
}

}  // namespace explore
