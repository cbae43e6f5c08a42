#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/unique_fd.h"

/// Lab 01, part D: a named pipe with many writers.
///
/// Several processes write records into one FIFO, and one process reads them all. A record is a
/// line of text: it ends with '\n' and holds no other.
namespace lab {

/// Makes a FIFO at `path`, for its owner alone (mode 0600). One that is there already is used.
/// @throws ipc::SystemError  any error of mkfifo(3) but EEXIST; EEXIST if what is there is no FIFO.
/// @see mkfifo(3), fifo(7), stat(2)
void make_journal(const std::string& path);

/// One of the writers.
class JournalWriter {
 public:
  /// Opens the FIFO for writing, and waits until a reader has opened it too.
  /// @throws ipc::SystemError  any error of open(2) but EINTR.
  explicit JournalWriter(const std::string& path);

  /// Appends one record: `line`, and the '\n' that ends it.
  ///
  /// The record arrives whole: no other writer's bytes come in between. The kernel promises that
  /// for one write(2) of at most PIPE_BUF bytes, and for nothing else.
  /// @param line  the record without its '\n', at most PIPE_BUF - 1 bytes.
  /// @throws std::length_error      if the record would not fit into PIPE_BUF bytes.
  /// @throws std::invalid_argument  if `line` holds a '\n'.
  /// @throws ipc::SystemError       any error of write(2) but EINTR, such as EPIPE.
  /// @see pipe(7) under "PIPE_BUF"
  void append(std::string_view line);

 private:
  ipc::UniqueFd fifo_;
};

/// Reads records until the last writer has closed the FIFO.
///
/// Waits until there is a first writer; other writers may come and go as long as one is left.
/// @param path  a FIFO.
/// @returns the records without their '\n', in the order in which they came. Bytes behind the last
///          '\n' are no record (their writer died): they are left out.
/// @throws ipc::SystemError  any error of open(2) or read(2) but EINTR.
/// @see fifo(7), pipe(7)
std::vector<std::string> read_journal(const std::string& path);

}  // namespace lab
