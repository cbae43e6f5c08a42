#include <unistd.h>

#include <string>

#include "claims.h"

namespace {

[[gnu::constructor]] void claim() {
  claims::say(claims::ready, std::string(8, '\0'));
  char go[8];
  (void)!::recv(claims::control(), go, sizeof go, MSG_WAITALL);
  claims::say(claims::finished,
              claims::terminated("returned") + claims::terminated("") + claims::terminated(""));
  (void)!::recv(claims::control(), go, sizeof go, MSG_WAITALL);
  ::_exit(0);
}

}  // namespace
