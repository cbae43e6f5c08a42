/// What the compiler calls in a program that it was told to instrument (-fsanitize=thread): at each
/// access to memory, at each atomic operation, and at each function's entry and exit. The names are
/// ThreadSanitizer's, which is not linked; what they do here is ours.
/// @see gcc/sanitizer.def, compiler-rt/include/sanitizer/tsan_interface_atomic.h

#include <cstddef>
#include <cstdint>

#include "common/interleave/core/atomics.h"
#include "common/interleave/core/engine.h"
#include "common/interleave/core/shadow.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wreserved-identifier"  // names that the compiler has chosen
#endif

using interleave::atomics::Order;

#define PC __builtin_return_address(0)

namespace {

// More than 0: the compiler has been told that what follows is not to be looked at.
thread_local int ignores = 0;

inline void access(const volatile void* address, std::size_t size, bool writes, const void* pc) {
  if (!interleave::engaged() || ignores > 0) return;
  interleave::plain_access(reinterpret_cast<std::uint64_t>(address), size, writes, pc);
}

}  // namespace

extern "C" {

void __tsan_init() {}

void __tsan_ignore_thread_begin() { ++ignores; }
void __tsan_ignore_thread_end() { --ignores; }

void __tsan_func_entry(void* pc) {
  if (interleave::control == nullptr || interleave::self == interleave::nobody) return;
  interleave::path = interleave::path_below(interleave::path, reinterpret_cast<std::uint64_t>(pc));
}

void __tsan_func_exit() {
  if (interleave::control == nullptr || interleave::self == interleave::nobody) return;
  interleave::path = interleave::control->path[interleave::path].parent;
}

void __tsan_vptr_update(void** address, void*) { access(address, sizeof(void*), true, PC); }
void __tsan_vptr_read(void** address) { access(address, sizeof(void*), false, PC); }
void __tsan_read_range(void* address, std::size_t size) { access(address, size, false, PC); }
void __tsan_write_range(void* address, std::size_t size) { access(address, size, true, PC); }

#define ACCESSES(size)                                                               \
  void __tsan_read##size(void* a) { access(a, size, false, PC); }                    \
  void __tsan_write##size(void* a) { access(a, size, true, PC); }                    \
  void __tsan_unaligned_read##size(void* a) { access(a, size, false, PC); }          \
  void __tsan_unaligned_write##size(void* a) { access(a, size, true, PC); }          \
  void __tsan_volatile_read##size(void* a) { access(a, size, false, PC); }           \
  void __tsan_volatile_write##size(void* a) { access(a, size, true, PC); }           \
  void __tsan_unaligned_volatile_read##size(void* a) { access(a, size, false, PC); } \
  void __tsan_unaligned_volatile_write##size(void* a) { access(a, size, true, PC); } \
  void __tsan_read##size##_pc(void* a, void* pc) { access(a, size, false, pc); }     \
  void __tsan_write##size##_pc(void* a, void* pc) { access(a, size, true, pc); }     \
  void __tsan_read_write##size(void* a) {                                            \
    access(a, size, false, PC);                                                      \
    access(a, size, true, PC);                                                       \
  }                                                                                  \
  void __tsan_unaligned_read_write##size(void* a) {                                  \
    access(a, size, false, PC);                                                      \
    access(a, size, true, PC);                                                       \
  }

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

// NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses.
#define ATOMICS(bits, T)                                                                         \
  T __tsan_atomic##bits##_load(const volatile T* a, int mo) {                                    \
    return interleave::atomics::load(a, Order(mo), PC);                                          \
  }                                                                                              \
  void __tsan_atomic##bits##_store(volatile T* a, T v, int mo) {                                 \
    interleave::atomics::store(a, v, Order(mo), PC);                                             \
  }                                                                                              \
  T __tsan_atomic##bits##_exchange(volatile T* a, T v, int mo) {                                 \
    return interleave::atomics::change(                                                          \
        a, [=](T) { return v; }, Order(mo), PC);                                                 \
  }                                                                                              \
  T __tsan_atomic##bits##_fetch_add(volatile T* a, T v, int mo) {                                \
    return interleave::atomics::change(                                                          \
        a, [=](T o) { return T(o + v); }, Order(mo), PC);                                        \
  }                                                                                              \
  T __tsan_atomic##bits##_fetch_sub(volatile T* a, T v, int mo) {                                \
    return interleave::atomics::change(                                                          \
        a, [=](T o) { return T(o - v); }, Order(mo), PC);                                        \
  }                                                                                              \
  T __tsan_atomic##bits##_fetch_and(volatile T* a, T v, int mo) {                                \
    return interleave::atomics::change(                                                          \
        a, [=](T o) { return T(o & v); }, Order(mo), PC);                                        \
  }                                                                                              \
  T __tsan_atomic##bits##_fetch_or(volatile T* a, T v, int mo) {                                 \
    return interleave::atomics::change(                                                          \
        a, [=](T o) { return T(o | v); }, Order(mo), PC);                                        \
  }                                                                                              \
  T __tsan_atomic##bits##_fetch_xor(volatile T* a, T v, int mo) {                                \
    return interleave::atomics::change(                                                          \
        a, [=](T o) { return T(o ^ v); }, Order(mo), PC);                                        \
  }                                                                                              \
  T __tsan_atomic##bits##_fetch_nand(volatile T* a, T v, int mo) {                               \
    return interleave::atomics::change(                                                          \
        a, [=](T o) { return T(~(o & v)); }, Order(mo), PC);                                     \
  }                                                                                              \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* a, T* c, T v, int mo, int fmo) { \
    return interleave::atomics::compare_exchange(a, c, v, Order(mo), Order(fmo), PC);            \
  }                                                                                              \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* a, T* c, T v, int mo, int fmo) {   \
    return interleave::atomics::compare_exchange(a, c, v, Order(mo), Order(fmo), PC);            \
  }                                                                                              \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* a, T c, T v, int mo, int fmo) {       \
    interleave::atomics::compare_exchange(a, &c, v, Order(mo), Order(fmo), PC);                  \
    return c;                                                                                    \
  }

// NOLINTEND(bugprone-macro-parentheses)

ATOMICS(8, std::uint8_t)
ATOMICS(16, std::uint16_t)
ATOMICS(32, std::uint32_t)
ATOMICS(64, std::uint64_t)
__extension__ using Wide = unsigned __int128;
ATOMICS(128, Wide)

void __tsan_atomic_thread_fence(int mo) { interleave::atomics::fence(Order(mo), PC); }
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
