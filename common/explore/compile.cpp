#include "common/explore/compile.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "common/ipc/system_error.h"

namespace explore {

namespace fs = std::filesystem;

namespace {

bool is_c(const fs::path& source) { return source.extension() == ".c"; }

// The C compiler that comes with a C++ compiler: gcc with g++, clang with clang++.
std::string c_compiler_of(const std::string& compiler) {
  const fs::path path(compiler);
  std::string name = path.filename().string();
  if (const auto at = name.find("g++"); at != std::string::npos && !name.starts_with("clang")) {
    name.replace(at, 3, "gcc");
  } else if (const auto plus = name.find("++"); plus != std::string::npos) {
    name.erase(plus, 2);
  }
  return (path.parent_path() / name).string();
}

bool is_clang(const std::string& compiler) {
  return fs::path(compiler).filename().string().find("clang") != std::string::npos;
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
    std::vector<std::string> words = tools.command;
    if (words.empty()) {
      if (is_c(source)) {
        words = {c_compiler_of(tools.compiler), "-std=c17", "-D_GNU_SOURCE"};
      } else {
        words = {tools.compiler, "-std=c++20"};
      }
      words.insert(words.end(), {"-Wall", "-Wextra"});
    }
    // Without optimisation: what the compiler takes out, nobody could see.
    const bool clang = is_clang(words[0]);
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
  std::vector<std::string> words{tools.compiler};
  words.insert(words.end(), objects.begin(), objects.end());
  // The engine as a whole, found before libc; and libc's own functions found at the beginning.
  words.insert(words.end(), {"-Wl,--whole-archive", tools.engine.string(), "-Wl,--no-whole-archive",
                             "-rdynamic", "-Wl,-z,now", "-pthread", "-lrt", "-ldl", "-lm"});
  words.insert(words.end(), {"-o", program.string()});
  if (run(words) != 0) throw CompileError("the program cannot be linked with the engine");
  return program;
}

}  // namespace explore
