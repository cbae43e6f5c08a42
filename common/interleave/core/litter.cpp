#include "common/interleave/core/litter.h"

#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"

namespace interleave {

void made(Litter kind, const char* name, int id) {
  if (control->litter >= most_litter || std::strlen(name) >= sizeof LitterName::name) return;
  LitterName& entry = control->litter_name[control->litter++];
  entry.kind = static_cast<std::uint8_t>(kind);
  entry.id = id;
  std::strcpy(entry.name, name);
}

void removed(Litter kind, const char* name, int id) {
  for (std::uint32_t i = 0; i < control->litter; ++i) {
    LitterName& entry = control->litter_name[i];
    if (entry.kind != static_cast<std::uint8_t>(kind) || entry.id != id) continue;
    if (std::strcmp(entry.name, name) == 0) entry.kind = 0;
  }
}

void remove_litter() {
  // More than there is room for: somebody has written over it.
  if (control->litter > most_litter) return;
  for (std::uint32_t i = 0; i < control->litter; ++i) {
    const LitterName& entry = control->litter_name[i];
    char file[256];
    switch (static_cast<Litter>(entry.kind)) {
      case Litter::none:
        break;
      case Litter::file:
        raw::call(SYS_unlink, entry.name);
        break;
      case Litter::message_queue:
        raw::call(SYS_mq_unlink, entry.name + 1);
        break;
      case Litter::shared_memory:
        std::snprintf(file, sizeof file, "/dev/shm/%s",
                      *entry.name == '/' ? entry.name + 1 : entry.name);
        raw::call(SYS_unlink, file);
        break;
      case Litter::semaphore:
        std::snprintf(file, sizeof file, "/dev/shm/sem.%s",
                      *entry.name == '/' ? entry.name + 1 : entry.name);
        raw::call(SYS_unlink, file);
        break;
      case Litter::sysv_shm:
        ::shmctl(entry.id, IPC_RMID, nullptr);
        break;
      case Litter::sysv_msg:
        ::msgctl(entry.id, IPC_RMID, nullptr);
        break;
      case Litter::sysv_sem:
        ::semctl(entry.id, 0, IPC_RMID);
        break;
    }
  }
  control->litter = 0;
}

}  // namespace interleave
