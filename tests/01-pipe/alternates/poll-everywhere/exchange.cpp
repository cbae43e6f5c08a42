#include "exchange.h"

#include "ready.h"

std::vector<std::byte> lab::exchange(int out, int in, std::span<const std::byte> mine,
                                     std::size_t expected) {
  std::vector<std::byte> received(expected);
  std::size_t count = 0;
  bool ended = expected == 0;
  while (!mine.empty() || !ended) {
    std::vector<pollfd> wanted;
    if (!ended) wanted.push_back({in, POLLIN, 0});
    if (!mine.empty()) wanted.push_back({out, POLLOUT, 0});
    wait_until_ready(wanted);
    for (const pollfd& ready : wanted) {
      if (ready.revents == 0) continue;
      if (ready.events == POLLOUT) {
        mine = mine.subspan(put_some(out, mine));
      } else {
        count += take_some(in, std::span(received).subspan(count), ended);
        ended = ended || count == expected;
      }
    }
  }
  received.resize(count);
  return received;
}
