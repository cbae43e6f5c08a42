/// The rungs from the plain ring to the fast one, each a class with lab::Ring's members, in
/// ladder.h: a tuple of them, and the name of each.
#include "common/bench/transports.h"
#include "common/bench/transports/ring_ends.h"

#if __has_include("common/bench/ladder.h")
#include <tuple>

#include "common/bench/ladder.h"

namespace bench {

namespace {

template <class... Rung>
std::vector<Transport> transports_of(const std::tuple<Rung...>*) {
  return {transport<CopyingRing<Rung>>(std::string("rung ") + Rung::name, Group::ladder,
                                       "a rung of ladder.h: busy, as the ring",
                                       can_all_but_sleep)...};
}

}  // namespace

std::vector<Transport> ladder() { return transports_of(static_cast<const Rungs*>(nullptr)); }

}  // namespace bench

#else

namespace bench {

std::vector<Transport> ladder() { return {}; }

}  // namespace bench

#endif
