#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lab {

/// A file in memory in which one process puts up the newest state of something, and any number of
/// others look at it: prices, positions, a configuration. Who looks gets one state, whole, and
/// never keeps the writer waiting.
///
/// What was put up survives the writer: if it is killed at any moment, readers still see the state
/// that was put up last, and a new Writer goes on from there.
/// @see mmap(2), Boehm 2012, "Can Seqlocks Get Along With Programming Language Memory Models?"
class BulletinWriter {
 public:
  /// Opens the bulletin in the file `path`, or makes one there for states of `size` bytes.
  /// Only one writer at a time uses a file.
  /// @param size  a multiple of 8, from 8 to 65536, bytes.
  /// @throws std::invalid_argument  if `size` is none of those, or another one than that of the
  /// file.
  /// @throws ipc::SystemError  open(2), mmap(2), ENOSPC, ...
  BulletinWriter(const std::string& path, std::size_t size);
  ~BulletinWriter();
  BulletinWriter(const BulletinWriter&) = delete;
  BulletinWriter& operator=(const BulletinWriter&) = delete;

  /// Puts up a state in place of the one before. Never waits, whatever readers do.
  /// @param state  as many bytes as the bulletin's states have.
  void put_up(std::span<const std::byte> state);

 private:
  struct Sheet;  // what lies in the file: you define it, in bulletin.cpp

  [[maybe_unused]] Sheet* sheet_ = nullptr;
  [[maybe_unused]] std::size_t mapped_ = 0;
};

class BulletinReader {
 public:
  /// Opens the bulletin that a writer has made in the file `path`.
  /// @throws ipc::SystemError  ENOENT, ...
  /// @throws std::runtime_error  if what is there is no bulletin, or none yet; never a signal.
  explicit BulletinReader(const std::string& path);
  ~BulletinReader();
  BulletinReader(const BulletinReader&) = delete;
  BulletinReader& operator=(const BulletinReader&) = delete;

  /// The size of a state, bytes.
  [[nodiscard]] std::size_t size() const;

  /// Copies the state that is up now into `state`, which has size() bytes.
  /// @returns how many have been put up so far: 1 is the first. 0: none yet, and `state` is as it
  ///          was.
  std::uint64_t look(std::span<std::byte> state) const;

 private:
  struct Sheet;

  [[maybe_unused]] const Sheet* sheet_ = nullptr;
  [[maybe_unused]] std::size_t mapped_ = 0;
};

}  // namespace lab
