#include "common/judge/submission.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "common/ipc/unique_fd.h"
#include "common/judge/bytes.h"
#include "common/judge/memory_file.h"

namespace judge {

namespace {

constexpr off_t largest_file = 1 << 20;
constexpr std::size_t most_bytes = 8 << 20;
constexpr std::size_t most_files = 64;
constexpr std::size_t most_names = 256;

bool ends_with_one_of(const std::string& name, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const char* ending) { return name.ends_with(ending); });
}

bool is_source(const std::string& name) { return ends_with_one_of(name, {".cpp", ".cc", ".cxx"}); }

bool is_header(const std::string& name) {
  return ends_with_one_of(name, {".h", ".hpp", ".hh", ".hxx", ".inc", ".ipp"});
}

// Names travel into command lines and reports: letters that need no quoting anywhere.
bool is_plain(const std::string& name) {
  return name.size() <= 100 && name.front() != '-' && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '+' || c == ' ';
         });
}

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "is a directory";
  if (S_ISLNK(mode)) return "is a symbolic link; put the file itself there";
  if (S_ISFIFO(mode)) return "is a FIFO";
  if (S_ISSOCK(mode)) return "is a socket";
  return "is a device";
}

// The content, or what is wrong.
std::string take(int directory, const std::string& name, std::string& problem) {
  const ipc::UniqueFd file(
      ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file) {
    const int error = errno;
    problem = ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                      !S_ISREG(status.st_mode)
                  ? kind_of(status.st_mode)
                  : std::string("cannot be read: ") + std::strerror(error);
    return {};
  }
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    problem = kind_of(status.st_mode);
    return {};
  }
  if (status.st_size > largest_file) {
    problem = "is larger than 1 MiB";
    return {};
  }
  return to_text(content_of(file.get()));
}

}  // namespace

Submission read_submission(const std::filesystem::path& path, const Lab& lab,
                           const std::vector<std::string>& given) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) {
    throw std::runtime_error("cannot read the submission's directory " + path.string() + ": " +
                             std::strerror(errno));
  }
  // The lab's own files first: whatever else there is, they are not one too many.
  const auto belongs_to_lab = [&](const std::string& name) {
    return std::find(lab.files.begin(), lab.files.end(), name) != lab.files.end();
  };
  std::vector<std::string> names;
  std::size_t more = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (!is_source(name) && !is_header(name) && !belongs_to_lab(name)) continue;
    if (names.size() < most_names || belongs_to_lab(name)) {
      names.push_back(name);
    } else {
      ++more;
    }
  }
  std::sort(names.begin(), names.end(), [&](const std::string& left, const std::string& right) {
    const bool left_first = belongs_to_lab(left), right_first = belongs_to_lab(right);
    return left_first != right_first ? left_first : left < right;
  });
  Submission submission;
  std::size_t taken = 0, bytes = 0;
  for (const std::string& name : names) {
    if (name == "demo.cpp") continue;  // has the only main, and nothing to grade
    if (std::find(given.begin(), given.end(), name) != given.end()) continue;
    if (!is_plain(name)) {
      submission.problems[name] =
          "has a name with characters that the grader does not take; use letters, digits, "
          "'_', '-', '.' and '+'";
      continue;
    }
    std::string problem;
    std::string content;
    if (++taken > most_files) {
      problem = "is one file too many: a submission has at most 64";
    } else {
      content = take(::dirfd(directory.get()), name, problem);
      bytes += content.size();
      if (bytes > most_bytes) problem = "is too much: a submission has at most 8 MiB";
    }
    if (!problem.empty()) {
      submission.problems[name] = problem;
      continue;
    }
    auto& kind = is_source(name)   ? submission.sources
                 : is_header(name) ? submission.headers
                                   : submission.texts;
    kind.emplace(name, std::move(content));
  }
  if (more > 0) {
    submission.problems["and " + std::to_string(more) + " files more"] = "were not looked at";
  }
  bool any = false;
  // What a file of the lab lacks may be written in a file of another name. If it is not, the check
  // says which function nobody defines.
  const bool has_others =
      std::any_of(submission.sources.begin(), submission.sources.end(),
                  [&](const auto& source) { return !belongs_to_lab(source.first); });
  for (const std::string& name : lab.files) {
    const bool is_known = submission.sources.contains(name) || submission.texts.contains(name) ||
                          submission.problems.contains(name);
    any = any || is_known;
    if (!is_known && !has_others) submission.problems[name] = "does not exist";
  }
  if (!any && submission.sources.empty()) {
    throw std::runtime_error("there is nothing of lab " + lab.name + " in " + path.string() +
                             ": none of its files, such as " + lab.files.front() +
                             ", is there. Is this the right directory?");
  }
  return submission;
}

}  // namespace judge
