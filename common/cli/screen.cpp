#include "common/cli/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "common/cli/output.h"

namespace cli {

namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Screen Screen::of(int fd, bool wants_colour) {
  Screen screen;
  screen.fd = fd;
  const char* kind = std::getenv("TERM");
  const bool is_dumb = kind == nullptr || std::string_view(kind) == "dumb";
  screen.is_terminal = ::isatty(fd) == 1 && !is_dumb;
  screen.colour = screen.is_terminal && wants_colour && !is_set("NO_COLOR");
  screen.measure();
  return screen;
}

void Screen::measure() {
  winsize size{};
  if (!is_terminal || ::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return;
  columns = size.ws_col;
  lines = std::max<int>(size.ws_row, 2);
}

void LiveArea::show(const std::string& text) {
  if (!screen_.is_terminal || text == shown_) return;
  // One write for all of it, so that nothing flickers: up to the first line, and each line is
  // cleared only behind its new text.
  std::string out;
  const auto lines = std::count(shown_.begin(), shown_.end(), '\n');
  if (lines > 0) out += "\x1b[" + std::to_string(lines) + "A";
  out += "\r";
  for (const char c : text) {
    if (c == '\n') out += "\x1b[K";
    out += c;
  }
  out += "\x1b[J";
  write_text(screen_.fd, out);
  shown_ = text;
}

void LiveArea::clear() noexcept try { show(""); } catch (const std::exception&) {
  // The terminal has gone, and with it what was to be cleared.
}

}  // namespace cli
