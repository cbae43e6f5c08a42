/// The rungs from the plain ring to the fast one, each a class with lab::Ring's members: those of
/// ladder.h, and the solution's. The last rung, at the top, is the ring itself: its consumer lets
/// frames gather.
#include "common/bench/ladder.h"

#include <tuple>

#include "common/bench/transports.h"
#include "common/bench/transports/ring_ends.h"
#include "ring.h"

namespace bench {

namespace {

struct Offsets : lab::Ring {
  static constexpr const char* name = "5 offsets";
  static Offsets create(std::span<std::byte> memory) { return {lab::Ring::create(memory)}; }
  static Offsets open(std::span<std::byte> memory) { return {lab::Ring::open(memory)}; }
};

template <class... Rung>
std::vector<Transport> transports_of(const std::tuple<Rung...>*) {
  return {transport<CopyingRing<Rung>>(std::string("rung ") + Rung::name, Group::ladder,
                                       "a step on the way to the ring: busy",
                                       can_all_but_sleep)...};
}

}  // namespace

std::vector<Transport> ladder() {
  std::vector<Transport> rungs = transports_of(static_cast<const Rungs*>(nullptr));
  const std::vector<Transport> last =
      transports_of(static_cast<const std::tuple<Offsets>*>(nullptr));
  rungs.insert(rungs.end(), last.begin(), last.end());
  return rungs;
}

}  // namespace bench
