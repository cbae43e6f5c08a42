#pragma once

#include <vector>

#include "common/bench/transport.h"

/// All transports, a function for each. One more is a file in transports/, a line here, and a line
/// in all_transports().
namespace bench {

// The limits, limits.cpp.
Transport bounce();
Transport copies();
Transport copies_alone();

// Lab 04: ring.cpp, channel.cpp, and the rungs of ladder.h if there is such a file.
Transport ring();
Transport lending_ring();
Transport channel();
std::vector<Transport> ladder();

// The kernel's own, kernel.cpp.
Transport pipe();
Transport unix_socket();
Transport message_queue();

// What Debian packages, each as far as its package is there.
Transport boost_queue();
Transport boost_slots();
Transport boost_bytes();
Transport zeromq();
Transport nng();
Transport iceoryx();
Transport lending_iceoryx();

/// In the order in which they are reported.
std::vector<Transport> all_transports();

}  // namespace bench
