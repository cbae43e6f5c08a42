#pragma once

#include <cstdint>

/// What the judge and the far host say to each other, a packet for each. Both are ours, and nothing
/// that a submission sends comes this way.
namespace two_hosts {

/// Judge to far host, one byte. Each gets an Answer.
enum class Order : std::uint8_t {
  socket,  ///< [descriptor of a TCP socket of the far host, non-blocking] comes with the answer
  vanish,  ///< takes the link down: not one packet more, in either direction
  return_  ///< brings the link up again
};

/// Far host to judge; the first one comes by itself, when both hosts are there, or cannot be.
struct Answer {
  std::int32_t error;  ///< an errno; 0 if all is well
  char call[60];       ///< that failed
};

/// The addresses; each host has its own kernel's worth of network and nothing else.
inline constexpr const char* near_address = "10.77.0.1";
inline constexpr const char* far_address = "10.77.0.2";
inline constexpr const char* other_far_address = "10.77.0.3";

}  // namespace two_hosts
