#pragma once

#include <string>

namespace cli {

/// What can be shown where `fd` leads to.
struct Screen {
  int fd = 1;
  bool is_terminal = false;  ///< One that can move its cursor.
  bool colour = false;
  int columns = 100;
  int lines = 24;

  /// Looks at `fd` and the environment: colour only on a terminal, and not with NO_COLOR
  /// (no-color.org) or `wants_colour` false.
  static Screen of(int fd, bool wants_colour);

  /// Asks the terminal for its size again: it may have been resized.
  void measure();
};

/// A few lines at the bottom of a terminal that are drawn again and again in the same place, and
/// leave no trace.
class LiveArea {
 public:
  /// Does nothing at all if `screen` is no terminal.
  explicit LiveArea(const Screen& screen) : screen_(screen) {}
  LiveArea(const LiveArea&) = delete;
  LiveArea& operator=(const LiveArea&) = delete;
  ~LiveArea() { clear(); }

  /// Shows `text` in place of what was shown before. Its lines must fit into the terminal.
  void show(const std::string& text);

  void clear() noexcept;

 private:
  const Screen& screen_;
  std::string shown_;
};

}  // namespace cli
