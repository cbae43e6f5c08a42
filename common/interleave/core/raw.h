#pragma once

#include <cstdint>

/// System calls as the kernel knows them: not interposed by anybody, errno untouched.
namespace interleave::raw {

#if !defined(__x86_64__)
#error "the engine knows the system calls of x86-64 only"
#endif

inline long call6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <class T>
long word(T value) {
  return (long)value;  // NOLINT: pointers and numbers alike are words here
}

/// @returns the result, or the error as a negative number. @see syscalls(2)
template <class A = long, class B = long, class C = long, class D = long, class E = long,
          class F = long>
long call(long number, A a = 0, B b = 0, C c = 0, D d = 0, E e = 0, F f = 0) {
  return call6(number, word(a), word(b), word(c), word(d), word(e), word(f));
}

}  // namespace interleave::raw
