#include "common/bench/transports.h"

#include <utility>

namespace bench {

std::vector<Transport> all_transports() {
  std::vector<Transport> all{bounce(), copies(), copies_alone(), ring(), lending_ring(), channel()};
  for (Transport& rung : ladder()) all.push_back(std::move(rung));
#ifdef BENCH_BOOST
  all.push_back(boost_slots());
  all.push_back(boost_bytes());
  all.push_back(boost_queue());
#endif
#ifdef BENCH_ZEROMQ
  all.push_back(zeromq());
#endif
#ifdef BENCH_NNG
  all.push_back(nng());
#endif
#ifdef BENCH_ICEORYX
  all.push_back(iceoryx());
  all.push_back(lending_iceoryx());
#endif
  all.push_back(pipe());
  all.push_back(unix_socket());
  all.push_back(message_queue());
  return all;
}

}  // namespace bench
