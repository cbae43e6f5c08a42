#include "common/cli/source_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/ipc/unique_fd.h"
#include "common/report/text.h"

namespace cli {

namespace {

constexpr std::size_t largest_source = 1024 * 1024;

std::string read_source(const std::filesystem::path& path) {
  const ipc::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  std::string text;
  std::array<char, 65536> buffer;
  while (text.size() < largest_source) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

SourceLines::SourceLines(std::filesystem::path submission, const judge::Lab& lab)
    : submission_(std::move(submission)), allowed_(lab.files) {}

std::optional<std::string> SourceLines::line(const std::string& file, int line) {
  if (std::find(allowed_.begin(), allowed_.end(), file) == allowed_.end()) return std::nullopt;
  auto known = lines_.find(file);
  if (known == lines_.end()) {
    known = lines_.emplace(file, report::split_lines(read_source(submission_ / file))).first;
  }
  const std::vector<std::string>& lines = known->second;
  if (line < 1 || static_cast<std::size_t>(line) > lines.size()) return std::nullopt;
  return lines[static_cast<std::size_t>(line) - 1];
}

}  // namespace cli
