/// Memory: what is mapped, allocated and copied.
/// @see mmap(2), shmat(2), malloc(3), memcpy(3)

#include "common/interleave/core/memory.h"

#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/litter.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/shadow.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wreserved-identifier"  // names that the compiler has chosen
#endif

using namespace interleave;

#define PC __builtin_return_address(0)

extern "C" {

void* __libc_malloc(size_t size);
void __libc_free(void* memory);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
size_t malloc_usable_size(void* memory);

// --- Mappings ------------------------------------------------------------------------------------

void* mmap(void* where, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  const long result = raw::call(SYS_mmap, where, size, protection, flags, fd, offset);
  if (result < 0 && result > -4096) {
    errno = static_cast<int>(-result);
    return MAP_FAILED;
  }
  auto* memory = reinterpret_cast<void*>(result);
  if (engaged()) {
    const Inside engine;
    const bool shared =
        (flags & MAP_TYPE) == MAP_SHARED || (flags & MAP_TYPE) == MAP_SHARED_VALIDATE;
    if (!shared) {
      if ((flags & MAP_FIXED) != 0) unmapped(memory, size);
    } else if ((flags & MAP_ANONYMOUS) != 0) {
      mapped(memory, size, 0, 0, "shared memory");
    } else {
      struct stat status {};
      raw::call(SYS_fstat, fd, &status);
      char link[40], name[40] = "a file";
      std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
      if (const long length = raw::call(SYS_readlink, link, name, sizeof name - 1); length > 0) {
        name[length] = '\0';
      }
      const char* shown = std::strncmp(name, "/dev/shm", 8) == 0 ? name + 8 : name;
      mapped(memory, size, space_of_file(status.st_dev, status.st_ino),
             static_cast<std::uint64_t>(offset), shown);
    }
  }
  return memory;
}
void* mmap64(void* where, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  return mmap(where, size, protection, flags, fd, offset);
}

int munmap(void* memory, size_t size) noexcept {
  if (engaged()) {
    const Inside engine;
    unmapped(memory, size);
  }
  const long result = raw::call(SYS_munmap, memory, size);
  if (result < 0) errno = static_cast<int>(-result);
  return result < 0 ? -1 : 0;
}

void* mremap(void* memory, size_t size, size_t now, int flags, ...) noexcept {
  va_list list;
  va_start(list, flags);
  void* where = (flags & MREMAP_FIXED) != 0 ? va_arg(list, void*) : nullptr;
  va_end(list);
  const Mapping* before = engaged() ? mapping_of(reinterpret_cast<std::uint64_t>(memory)) : nullptr;
  const long result = raw::call(SYS_mremap, memory, size, now, flags, where);
  if (result < 0 && result > -4096) {
    errno = static_cast<int>(-result);
    return MAP_FAILED;
  }
  if (before != nullptr) {
    const Inside engine;
    const Mapping was = *before;
    unmapped(memory, size);
    mapped(reinterpret_cast<void*>(result), now, was.space, was.offset,
           control->region[was.region].name);
  }
  return reinterpret_cast<void*>(result);
}

void* shmat(int id, const void* where, int flags) noexcept {
  void* memory = real::shmat(id, where, flags);
  if (engaged() && memory != reinterpret_cast<void*>(-1)) {
    const Inside engine;
    shmid_ds status{};
    ::shmctl(id, IPC_STAT, &status);
    mapped(memory, status.shm_segsz, (1ULL << 61) | static_cast<std::uint64_t>(id), 0,
           "System V shared memory");
  }
  return memory;
}

int shmdt(const void* memory) noexcept {
  if (engaged()) {
    const Inside engine;
    if (const Mapping* there = mapping_of(reinterpret_cast<std::uint64_t>(memory))) {
      unmapped(const_cast<void*>(memory), there->end - there->begin);
    }
  }
  return real::shmdt(memory);
}

int shmget(key_t key, size_t size, int flags) noexcept {
  const int id = real::shmget(key, size, flags);
  if (id >= 0 && engaged()) made(Litter::sysv_shm, "", id);
  return id;
}

// --- The heap ------------------------------------------------------------------------------------

// What is allocated is new, whoever had it before; what is freed must not be in use by another.
static void* born(void* memory) {
  // The engine's own memory, too: the program may get it next.
  if (memory != nullptr && control != nullptr && watches_private_memory) {
    const Inside engine;
    forget(reinterpret_cast<std::uint64_t>(memory), malloc_usable_size(memory));
  }
  return memory;
}

void* malloc(size_t size) { return born(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) { return born(__libc_calloc(count, size)); }
void* memalign(size_t alignment, size_t size) { return born(__libc_memalign(alignment, size)); }
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) {
  if (memory != nullptr && engaged() && watches_private_memory) {
    const Inside engine;
    plain_access(reinterpret_cast<std::uint64_t>(memory), malloc_usable_size(memory), true, PC);
  }
  __libc_free(memory);
}

void* realloc(void* memory, size_t size) {
  const size_t before = memory == nullptr ? 0 : malloc_usable_size(memory);
  void* now = __libc_realloc(memory, size);
  if (now != memory) return born(now);
  if (now != nullptr && watches_private_memory && malloc_usable_size(now) > before) {
    const Inside engine;
    forget(reinterpret_cast<std::uint64_t>(now) + before, malloc_usable_size(now) - before);
  }
  return now;
}

// --- Copies --------------------------------------------------------------------------------------

// g++ leaves these calls as they are, clang gives them names of their own. What libraries copy on
// the program's behalf, such as the letters of a std::string, comes here as well.
static void reads(const void* memory, size_t size, const void* pc) {
  if (size == 0 || !engaged()) return;
  plain_access(reinterpret_cast<std::uint64_t>(memory), size, false, pc);
}
static void writes(void* memory, size_t size, const void* pc) {
  if (size == 0 || !engaged()) return;
  plain_access(reinterpret_cast<std::uint64_t>(memory), size, true, pc);
}

void* __tsan_memcpy(void* to, const void* from, size_t size) {
  reads(from, size, PC);
  writes(to, size, PC);
  return __builtin_memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, size_t size) {
  reads(from, size, PC);
  writes(to, size, PC);
  return __builtin_memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, size_t size) {
  writes(to, size, PC);
  return __builtin_memset(to, value, size);
}

// The plain names, written with instructions that no compiler turns into a call of themselves.
void* memcpy(void* __restrict to, const void* __restrict from, size_t size) {
  if (control != nullptr) {
    reads(from, size, PC);
    writes(to, size, PC);
  }
  void* result = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return result;
}

void* memmove(void* to, const void* from, size_t size) {
  if (control != nullptr) {
    reads(from, size, PC);
    writes(to, size, PC);
  }
  void* result = to;
  if (reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from) >= size) {
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  } else {
    auto* last_to = static_cast<char*>(to) + size - 1;
    auto* last_from = static_cast<const char*>(from) + size - 1;
    asm volatile("std; rep movsb; cld" : "+D"(last_to), "+S"(last_from), "+c"(size) : : "memory");
  }
  return result;
}

void* memset(void* to, int value, size_t size) {
  if (control != nullptr) writes(to, size, PC);
  void* result = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return result;
}

}  // extern "C"
