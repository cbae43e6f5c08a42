#include "ring.h"

#include "common/bench/transports.h"
#include "common/bench/transports/ring_ends.h"

namespace bench {

Transport ring() {
  return transport<CopyingRing<lab::Ring, Gathering>>(
      "ring", Group::ours, "lab 04: busy; a copy in and a copy out, in pieces of 16 KiB",
      can_all_but_sleep);
}

Transport lending_ring() {
  Transport lending = transport<LendingRing<lab::Ring>>(
      "ring, nothing copied", Group::ours,
      "lab 04: busy; loan and publish, the first 8 bytes are written and read", can_all_but_sleep);
  lending.lends = true;
  return lending;
}

}  // namespace bench
