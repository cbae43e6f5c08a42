#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace lab {

/// A region that is there but cannot be used: it is not one of ours, or not whole, or not yet.
class BadRegion : public std::runtime_error {
 public:
  enum class Why {
    not_ready,     ///< its creator has not come to the end of create() yet; it may be ready soon
    too_short,     ///< the memory ends before what its header announces
    not_a_region,  ///< it does not begin with our magic number
    other_version  ///< it does, and another version than ours follows
  };
  BadRegion(Why why_, const std::string& what) : std::runtime_error(what), why(why_) {}
  Why why;
};

/// What every region begins with, in the byte order of the machine. It is 64 bytes long, and the
/// bytes() of the region come right behind it.
struct RegionHeader {
  static constexpr std::uint64_t our_magic = 0x6e6f696765727063;
  static constexpr std::uint32_t our_version = 1;

  std::uint64_t magic;    ///< our_magic; 0 as long as the region is not ready. Written last
  std::uint32_t version;  ///< our_version
  std::uint32_t unused;
  std::uint64_t size;  ///< how many bytes follow the header
  std::uint8_t more_unused[40];
};
static_assert(sizeof(RegionHeader) == 64);

/// Memory that processes share by a name.
///
/// One process creates it, and it is that process which takes the name away again: when its
/// SharedRegion is destroyed. All others open it by the same name and see the same bytes, most
/// likely at another address. Who has it mapped keeps it, also when the name is gone.
/// @see shm_overview(7), shm_open(3), ftruncate(2), posix_fallocate(3), mmap(2)
class SharedRegion {
 public:
  /// Makes a region of `size` bytes, all zero, that only this user may open (mode 0600).
  ///
  /// The memory is really there: who writes to bytes() is not ended by SIGBUS because /dev/shm is
  /// full. If anything fails, nothing is left behind.
  /// @param name  begins with a slash, and has no other (shm_open(3)).
  /// @throws ipc::SystemError  what went wrong: EEXIST if there is something of that name already,
  ///         whatever it is (it stays as it is); ENOSPC if there is not enough memory.
  static SharedRegion create(const std::string& name, std::size_t size);

  /// Opens a region that another process has created, or is just creating.
  /// @throws ipc::SystemError  ENOENT if there is nothing of that name, EACCES, ...
  /// @throws BadRegion  if what is there cannot be used; never a signal.
  static SharedRegion open(const std::string& name);

  /// Takes a name away that somebody has left behind, who was killed; it is no error if there is no
  /// such name.
  /// @throws ipc::SystemError  if there is one and it cannot be taken away.
  static void remove(const std::string& name);

  SharedRegion(SharedRegion&& other) noexcept;
  SharedRegion& operator=(SharedRegion&& other) noexcept;
  SharedRegion(const SharedRegion&) = delete;
  ~SharedRegion();

  /// The shared memory, behind the header; begins at a multiple of 64.
  [[nodiscard]] std::span<std::byte> bytes() const;

 private:
  SharedRegion() = default;

  [[maybe_unused]] void* memory_ =
      nullptr;  ///< where the region is mapped in this process; the header is there
  [[maybe_unused]] std::size_t mapped_ = 0;  ///< how many bytes of it
  std::string created_name_;  ///< the name to take away; empty if it is somebody else's
};

}  // namespace lab
