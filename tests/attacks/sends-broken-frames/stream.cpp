#include "stream.h"

#include <stdexcept>
#include <string>

#include "claims.h"

namespace {

[[gnu::constructor]] void before_anything() {
  claims::say(claims::ready, "short");
  claims::say(claims::ready, std::string(100, '\xff'));
  claims::say(claims::trace, "");
  claims::say(claims::trace, "seven b");
  claims::say(claims::trace, "eight by and then 13 bytes");
  claims::say(claims::report, "no NUL");
  claims::say(claims::report, "");
  claims::say(0, "nothing");
  claims::say(0xffffffff, std::string(1000, 'x'));
}

}  // namespace

namespace lab {

void write_all(int, std::span<const std::byte>) {
  claims::say(claims::finished, "");
  claims::say(claims::finished, "system-error");
  claims::say(claims::finished, claims::terminated("not-started") + claims::terminated("") +
                                    claims::terminated(":99999999999999999999999"));
  claims::say(claims::finished, claims::terminated("exception") +
                                    claims::terminated(std::string(30 << 20, '"')) +
                                    claims::terminated(std::string(100, '\0')));
  const std::uint32_t giant[2] = {claims::report, 0xffffffff};
  ::send(claims::control(), giant, sizeof giant, MSG_NOSIGNAL);
  ::pause();
}

}  // namespace lab
