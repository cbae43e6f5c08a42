#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "claims.h"

namespace {

void report(const char* tag, const std::string& data) {
  claims::say(claims::report, claims::terminated(tag) + data);
}

[[gnu::constructor]] void lie() {
  claims::say(claims::ready, std::string(8, '\0'));
  char go[8];
  (void)!::recv(claims::control(), go, sizeof go, MSG_WAITALL);
  // Something that looks like data, without its end, wherever data may go.
  claims::every_descriptor([](int fd) {
    struct stat status {};
    if (fd > 2 && ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)) {
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
      (void)!::write(fd, "\xff\xff\xff\xff no end", 11);
    }
  });
  const int manner = ::getpid() % 4;
  for (const char* tag :
       {"count", "buffer", "frame", "end", "got", "non-blocking", "append", "line", "open", "made",
        "statuses", "before", "after", "own child", "no stage", "no word", "child"}) {
    if (manner == 0) continue;
    if (manner == 1) report(tag, "");
    if (manner == 2) report(tag, "99999999999999999999999999999 -1 \xff");
    for (int i = 0; manner == 3 && i < 50; ++i) report(tag, std::string(i, '7'));
  }
  for (const int fd : {1, 2}) (void)!::write(fd, "99999999999999999999 -1 /dev/null\n0", 35);
  const char* how[] = {"returned", "exception", "system-error", "not-started"};
  claims::say(claims::finished, claims::terminated(how[::getpid() / 4 % 4]) +
                                    claims::terminated("\xff") +
                                    claims::terminated("99999999999999999999:x"));
  (void)!::recv(claims::control(), go, sizeof go, MSG_WAITALL);
  ::_exit(0);
}

}  // namespace
