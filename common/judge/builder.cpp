#include "common/judge/builder.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "common/judge/captured.h"
#include "common/judge/memory_file.h"
#include "common/judge/pattern.h"

namespace judge {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t shown_diagnostics = 16'000;
constexpr std::size_t kept_diagnostics = 256'000;  // of a file
constexpr std::size_t most_places = 20;
/// Processor time of the compiler. A file of a lab takes a second or two, sanitized.
constexpr seconds most_for_a_file{10};
constexpr seconds most_for_all{40};

struct Compiled {
  std::string name;
  Bytes object;  // empty if it does not compile
  std::string diagnostics;
  std::string problem;   // "does not compile"
  bool stopped = false;  // because it took too long
};

// FNV-1a, twice with different starts: a name for a content, not a signature. It is not hard to
// find another content with the same name, so that whoever goes by the name compares the content as
// well.
std::string digest(std::initializer_list<std::string_view> parts) {
  std::string name;
  for (std::uint64_t hash : {0xcbf29ce484222325ULL, 0x84222325cbf29ce4ULL}) {
    for (const std::string_view part : parts) {
      for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
      hash = (hash ^ 0xff) * 0x100000001b3ULL;
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    name += text;
  }
  return name;
}

// All of a regular file; "" if it cannot be read.
std::string content_of(const fs::path& path) {
  std::error_code none;
  const auto size = fs::file_size(path, none);
  if (none) return {};
  std::string content(size, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(content.data(), static_cast<std::streamsize>(size));
  content.resize(static_cast<std::size_t>(file.gcount()));
  return content;
}

// A name as it can stand in a report.
std::string printable(std::string name) {
  for (char& c : name) {
    if (c < ' ' || c > '~') c = '?';
  }
  return name;
}

class Compilation {
 public:
  Compilation(const Kit& kit, const Lab& lab, const Submission& submission, Build build,
              const std::optional<fs::path>& cache)
      : kit_(kit), lab_(lab), submission_(submission), build_(build), cache_(cache) {
    const fs::path interfaces = kit.root() / lab.name / "include";
    for (const auto& entry : fs::directory_iterator(interfaces)) {
      given_.push_back(entry.path().filename().string());
    }
    std::sort(given_.begin(), given_.end());
    for (const std::string& name : given_) {
      stamp_ += digest({name, content_of(interfaces / name)}) + '\n';
    }
    for (const std::string& flag : kit.compile_flags(build)) stamp_ += flag + '\n';
    stamp_ += kit.compiler();
    for (const auto& [name, content] : submission.headers) stamp_ += name + '\n' + content;
    std::error_code none;
    std::set<std::string> headers;  // in an order that does not depend on the directory's
    for (const auto& entry : fs::recursive_directory_iterator(kit.root() / "include", none)) {
      headers.insert(digest({entry.path().string(), content_of(entry.path())}));
    }
    for (const std::string& header : headers) stamp_ += header + '\n';
    const auto prelude = kit.root() / "prelude" / to_string(build) / "prelude.h.gch";
    stamp_ += std::to_string(fs::last_write_time(prelude, none).time_since_epoch().count());
  }

  Compiled compile(const std::string& name, const std::string& source) const {
    Compiled compiled;
    compiled.name = name;
    const std::string content = stamp_ + '\n' + name + '\n' + source;
    const std::string key = digest({content});
    if (take_from_cache(key, content, compiled)) return compiled;
    if (used_ >= milliseconds(most_for_all).count()) {
      compiled.problem = "was not compiled any more: the other files took all the time there is";
      compiled.stopped = true;
      return compiled;
    }
    Captured captured = run_compiler(name, source, true);
    // A file may be right and yet clash with the headers that the prelude brings in. Then it is the
    // compiler without the prelude that has the last word, and its text is the one to show.
    if (!captured.succeeded() && !captured.too_long && !captured.too_much &&
        captured.cpu < most_for_a_file / 2) {
      captured = run_compiler(name, source, false);
    }
    compiled.diagnostics = std::move(captured.diagnostics);
    if (captured.too_long || WIFSIGNALED(captured.status) || exit_of(captured) >= 128 ||
        (!captured.succeeded() && captured.cpu >= most_for_a_file - seconds(1))) {
      compiled.problem =
          "makes the compiler work without end (or need too much memory): it was stopped";
      compiled.diagnostics.clear();
      compiled.stopped = true;
    } else if (captured.too_much) {
      compiled.problem = "makes the compiler print more than 4 MiB: it was stopped";
      compiled.stopped = true;
    } else if (exit_of(captured) == 125) {
      throw std::runtime_error("the compiler could not be started: " + compiled.diagnostics);
    } else if (!captured.succeeded()) {
      compiled.problem = "does not compile";
      if (compiled.diagnostics.find("No space left on device") != std::string::npos ||
          compiled.diagnostics.find("File size limit exceeded") != std::string::npos) {
        compiled.problem = "needs more room than the grader gives the compiler";
      }
    } else {
      compiled.object = std::move(captured.result);
    }
    if (compiled.diagnostics.size() > kept_diagnostics) {
      compiled.diagnostics.resize(kept_diagnostics);
    }
    put_into_cache(key, content, compiled);
    return compiled;
  }

  /// The shared object or the program, or what the linker said.
  Bytes link(const std::vector<Compiled>& parts, std::string& error) const {
    Sandbox sandbox(kit_);
    sandbox.show_programs();
    std::vector<std::string> command = kit_.link_flags(build_);
    // Descriptor 3 is the way out; the linker wants a file that it can seek in.
    const std::string out = sandbox.scratch() + "/library.so";
    command.insert(command.begin(), {"/bin/sh", "-c", "\"$@\" && cat \"$0\" >&3", out});
    command.insert(command.end(), {"-o", out});
    for (const Compiled& part : parts) {
      if (!part.object.empty()) {
        command.push_back(sandbox.add_file("objects", part.name + ".o", part.object));
      }
    }
    const fs::path ours = kit_.root() / lab_.name / to_string(build_);
    for (const char* name : {"roles.o", "stand-ins.o"})
      command.push_back(sandbox.show(ours / name));
    if (build_ == Build::interleaved) {
      // The engine as a whole, so that its functions are found before libc's.
      command.push_back(sandbox.show(kit_.root() / "subject/interleaved/stage.o"));
      command.insert(command.end(), {"-Wl,--whole-archive",
                                     sandbox.show(kit_.root() / "interleave/libinterleave.a"),
                                     "-Wl,--no-whole-archive"});
    }
    // What the compiler's driver puts down between its programs.
    sandbox.set_variable("TMPDIR=" + sandbox.scratch());
    Limits limits;
    limits.sets_modes = true;
    Captured captured = capture(sandbox, command, sandbox.scratch(), limits);
    if (!captured.succeeded()) {
      error = captured.diagnostics.empty() ? "the linker was stopped" : captured.diagnostics;
      return {};
    }
    return std::move(captured.result);
  }

 private:
  static int exit_of(const Captured& captured) {
    return WIFEXITED(captured.status) ? WEXITSTATUS(captured.status) : 0;
  }

  Captured run_compiler(const std::string& name, const std::string& source, bool prelude) const {
    Sandbox sandbox(kit_);
    sandbox.show_programs();
    for (const auto& [header, content] : submission_.headers) {
      sandbox.add_file("submission", header, as_bytes(content));
    }
    for (const std::string& header : given_) {
      const std::string content = content_of(kit_.root() / lab_.name / "include" / header);
      sandbox.add_file("submission", header, as_bytes(content));
    }
    sandbox.add_file("submission", name, as_bytes(source));
    std::vector<std::string> command{"/bin/sh", "-c", "\"$@\" -o \"$0\" && cat \"$0\" >&3",
                                     sandbox.scratch() + "/object.o", kit_.compiler()};
    const auto& flags = kit_.compile_flags(build_);
    command.insert(command.end(), flags.begin(), flags.end());
    command.insert(command.end(),
                   {"-I" + sandbox.show(kit_.root() / "include"), "-c", "./" + name});
    if (prelude) {
      const std::string directory = sandbox.show(kit_.root() / "prelude" / to_string(build_));
      command.insert(command.end(), {"-include", directory + "/prelude.h"});
    }
    Limits limits;
    limits.cpu_seconds = static_cast<std::uint64_t>(most_for_a_file.count());
    limits.memory = 2ULL << 30;
    Captured captured = capture(sandbox, command, sandbox.directory("submission"), limits);
    used_ += captured.cpu.count();
    return captured;
  }

  // What is kept: three sizes, and then what went in, what the compiler said, and the object.
  bool take_from_cache(const std::string& key, const std::string& content,
                       Compiled& compiled) const {
    if (!cache_) return false;
    const std::string all = content_of(*cache_ / (key + ".o"));
    const std::size_t line = std::min(all.find('\n'), all.size());
    std::istringstream numbers(all.substr(0, line));
    std::size_t sizes[3]{};
    if (!(numbers >> sizes[0] >> sizes[1] >> sizes[2])) return false;
    const std::string_view rest = std::string_view(all).substr(std::min(line + 1, all.size()));
    if (rest.size() != sizes[0] + sizes[1] + sizes[2] || rest.substr(0, sizes[0]) != content) {
      return false;  // cut off, or of another content
    }
    compiled.diagnostics = rest.substr(sizes[0], sizes[1]);
    compiled.object = to_bytes(rest.substr(sizes[0] + sizes[1]));
    return !compiled.object.empty();
  }

  // A cache that cannot be written is no cache, and nothing worse. What is kept comes into being
  // under its name at once and whole, because several judges may write it.
  void put_into_cache(const std::string& key, const std::string& content,
                      const Compiled& compiled) const {
    if (!cache_ || compiled.object.empty()) return;
    std::error_code failed;
    fs::create_directories(*cache_, failed);
    const fs::path draft = *cache_ / (key + "." + std::to_string(::gettid()));
    std::ofstream file(draft, std::ios::binary);
    file << content.size() << ' ' << compiled.diagnostics.size() << ' ' << compiled.object.size()
         << '\n'
         << content << compiled.diagnostics << to_text(compiled.object);
    file.close();
    if (file) fs::rename(draft, *cache_ / (key + ".o"), failed);
    if (!file || failed) fs::remove(draft, failed);
  }

  const Kit& kit_;
  const Lab& lab_;
  const Submission& submission_;
  Build build_;
  std::optional<fs::path> cache_;
  std::vector<std::string> given_;
  std::string stamp_;                          // what an object depends on besides its source
  mutable std::atomic<std::int64_t> used_{0};  // processor time of all compilers, milliseconds
};

// "./stream.cpp:12:5: error: ..." -> a place. The compiler's own words are the best there are.
std::vector<Place> error_places(const std::string& diagnostics) {
  static const Pattern line("^(\\./)?([^:]+):([0-9]{1,8}):[0-9]+: (fatal )?error: (.+)");
  std::vector<Place> places;
  std::size_t begin = 0;
  while (begin < diagnostics.size() && places.size() < 5) {
    std::size_t end = diagnostics.find('\n', begin);
    if (end == std::string::npos) end = diagnostics.size();
    const std::string text = diagnostics.substr(begin, std::min<std::size_t>(end - begin, 500));
    if (const auto match = line.groups(text); !match.empty()) {
      places.push_back({match[2], std::stoi(match[3]), match[5]});
    }
    begin = end + 1;
  }
  return places;
}

std::string shortened(const std::string& text) {
  if (text.size() <= shown_diagnostics) return text;
  const std::size_t cut = text.rfind('\n', shown_diagnostics);
  return text.substr(0, cut == std::string::npos ? shown_diagnostics : cut) + "\n[... " +
         std::to_string(text.size() - shown_diagnostics) + " more bytes left out]\n";
}

// Diagnostics speak of "./stream.cpp", because that is how the compiler was called.
std::string without_dot_slash(std::string text) {
  for (std::size_t at = 0; (at = text.find("./", at)) != std::string::npos;) {
    if (at == 0 || text[at - 1] == '\n' || text[at - 1] == ' ') {
      text.erase(at, 2);
    } else {
      at += 2;
    }
  }
  return text;
}

}  // namespace

Image build(const Kit& kit, const Lab& lab, const Submission& submission, Build build, int jobs,
            const std::optional<fs::path>& cache) {
  Image image;
  for (const std::string& name : lab.files) {
    if (const auto at = submission.problems.find(name); at != submission.problems.end()) {
      image.missing.insert(*at);
    }
  }
  const Compilation compilation(kit, lab, submission, build, cache);

  std::vector<std::pair<std::string, std::string>> sources(submission.sources.begin(),
                                                           submission.sources.end());
  std::vector<Compiled> compiled(sources.size());
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < sources.size();) {
      try {
        compiled[i] = compilation.compile(sources[i].first, sources[i].second);
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        failure = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < jobs; ++i) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);

  for (const auto& [name, problem] : submission.problems) {
    image.report.diagnostics += printable(name) + ": " + problem + "\n";
  }
  for (const Compiled& part : compiled) {
    const std::string words = without_dot_slash(part.diagnostics);
    image.report.diagnostics += words;
    if (part.problem.empty()) continue;
    image.missing[part.name] = part.problem;
    if (part.stopped) image.stopped.push_back(part.name);
    if (words.empty()) image.report.diagnostics += part.name + ": " + part.problem + "\n";
    for (Place& place : error_places(words)) {
      if (image.errors.size() < most_places) image.errors.push_back(std::move(place));
    }
  }
  std::string link_error;
  const Bytes library = compilation.link(compiled, link_error);
  // An object from the cache may be damaged: before the student is told, it is made again.
  if (library.empty() && cache)
    return judge::build(kit, lab, submission, build, jobs, std::nullopt);
  if (library.empty()) {
    image.link_error = without_dot_slash(link_error);
    image.report.diagnostics += image.link_error;
  } else {
    image.library = memory_file(library);
  }
  image.report.diagnostics = shortened(image.report.diagnostics);
  image.report.status = !image.link_error.empty() || !image.missing.empty() ? "failed"
                        : image.report.diagnostics.empty()                  ? "ok"
                                                                            : "warnings";
  return image;
}

}  // namespace judge
