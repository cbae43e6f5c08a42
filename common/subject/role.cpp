#include "common/subject/role.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "common/subject/faults.h"
#include "common/subject/me.h"
#include "common/subject/trace.h"
#include "common/subject/wire.h"

namespace subject {

namespace {

struct Setup {
  std::string role;
  std::map<std::string, std::string> arguments;
  std::map<std::string, int> descriptors;
};

// The setup comes as one frame; its descriptors come along with the first byte.
Setup receive_setup(int control) {
  Frame frame{};
  std::vector<int> arrived;
  iovec part{&frame, sizeof frame};
  alignas(cmsghdr) char room[CMSG_SPACE(32 * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  if (::recvmsg(control, &message, MSG_WAITALL) != static_cast<ssize_t>(sizeof frame)) ::_exit(125);
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_type != SCM_RIGHTS) continue;
    arrived.resize((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(arrived.data(), CMSG_DATA(c), arrived.size() * sizeof(int));
  }
  std::string body(frame.size, '\0');
  if (!receive_all(control, body.data(), body.size())) ::_exit(125);

  std::vector<std::string> strings;
  for (std::size_t at = 0; at < body.size();) {
    strings.emplace_back(body.c_str() + at);
    at += strings.back().size() + 1;
  }
  Setup setup;
  setup.role = strings.at(0);
  std::size_t next_descriptor = 0;
  for (std::size_t i = 1; i + 1 < strings.size(); i += 2) {
    if (strings[i + 1] == "@fd") {
      setup.descriptors[strings[i]] = arrived.at(next_descriptor++);
    } else {
      setup.arguments[strings[i]] = strings[i + 1];
    }
  }
  return setup;
}

FaultPage* map_fault_page(std::map<std::string, int>& descriptors) {
  const auto at = descriptors.find("faults");
  if (at == descriptors.end()) return nullptr;
  void* page =
      ::mmap(nullptr, sizeof(FaultPage), PROT_READ | PROT_WRITE, MAP_SHARED, at->second, 0);
  ::close(at->second);
  descriptors.erase(at);
  return page == MAP_FAILED ? nullptr : static_cast<FaultPage*>(page);
}

[[noreturn]] void say_broken(int control, std::string_view why) {
  send_frame(control, FromRole::broken, bytes_of(why));
  ::_exit(125);
}

}  // namespace

void live_as_role(int control, int library) {
  // The zygote hides from ptrace and /proc, and its children with it; a role is an ordinary
  // process.
  ::prctl(PR_SET_DUMPABLE, 1);
  Setup setup = receive_setup(control);
  FaultPage* faults = map_fault_page(setup.descriptors);
  ::prctl(PR_SET_NAME, setup.role.c_str());
  trace_signals_to(control);

  const std::string path = "/proc/self/fd/" + std::to_string(library);
  // Lazily bound, so that a function that does not exist hurts who calls it and nobody else.
  void* loaded = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (loaded == nullptr) say_broken(control, ::dlerror());
  ::close(library);
  const auto body =
      reinterpret_cast<RoleFunction>(::dlsym(loaded, ("ipclab_role_" + setup.role).c_str()));
  if (body == nullptr) say_broken(control, "there is no role " + setup.role);

  link_map* map = nullptr;
  ::dlinfo(loaded, RTLD_DI_LINKMAP, &map);
  const ElfW(Addr) base = map != nullptr ? map->l_addr : 0;
  send_frame(control, FromRole::ready, std::as_bytes(std::span(&base, 1)));

  Me me(setup.role, setup.arguments, setup.descriptors, control);
  me.wait_for_judge();
  arm_faults(faults);
  const Outcome outcome = body(me);
  disarm_faults();
  me.report_end(outcome);
  me.wait_for_judge();
  // No atexit handler and no destructor of the submission runs: they have nothing left to say.
  ::_exit(0);
}

}  // namespace subject
