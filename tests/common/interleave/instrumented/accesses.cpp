// Every kind of access that a compiler instruments, once: linked with the engine it must not leave
// a name of ThreadSanitizer's undefined.

#include <atomic>
#include <cstring>
#include <new>

namespace {

// Sizes from 1 to 16 bytes, and beyond: plain, volatile, and where they need not be aligned.
__extension__ using Wide = unsigned __int128;
struct Large {
  char bytes[100];
};
struct Bits {
  unsigned a : 3, b : 7, c : 13;
};
template <class T>
struct [[gnu::packed]] Packed {
  char before;
  T value;
};

template <class T>
void plain(T* there, const T* here) {
  *there = *here;
  *there = static_cast<T>(*there + *here);
  *static_cast<volatile T*>(there) = *static_cast<const volatile T*>(here);
  auto& v = *static_cast<volatile T*>(there);
  v = static_cast<T>(v + 1);
}

template <class T>
void unaligned(Packed<T>* there, const Packed<T>* here) {
  there->value = here->value;
  there->value = static_cast<T>(there->value + 1);
  volatile Packed<T>* there_v = there;
  const volatile Packed<T>* here_v = here;
  there_v->value = here_v->value;
  there_v->value = static_cast<T>(there_v->value + 1);
}

template <class T>
void atomics(T* there, T value) {
  T old;
  old = __atomic_load_n(there, __ATOMIC_ACQUIRE);
  __atomic_store_n(there, value, __ATOMIC_RELEASE);
  old = __atomic_exchange_n(there, value, __ATOMIC_SEQ_CST);
  old = __atomic_fetch_add(there, value, __ATOMIC_SEQ_CST);
  old = __atomic_fetch_sub(there, value, __ATOMIC_SEQ_CST);
  old = __atomic_fetch_and(there, value, __ATOMIC_SEQ_CST);
  old = __atomic_fetch_or(there, value, __ATOMIC_SEQ_CST);
  old = __atomic_fetch_xor(there, value, __ATOMIC_SEQ_CST);
  old = __atomic_fetch_nand(there, value, __ATOMIC_SEQ_CST);
  old = __atomic_add_fetch(there, value, __ATOMIC_SEQ_CST);
  old = __atomic_nand_fetch(there, value, __ATOMIC_SEQ_CST);
  __atomic_compare_exchange_n(there, &old, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
  __atomic_compare_exchange_n(there, &old, value, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
  old = __sync_val_compare_and_swap(there, old, value);
  __sync_bool_compare_and_swap(there, old, value);
  __sync_fetch_and_add(there, value);
}

struct Base {
  virtual ~Base() = default;
  virtual int number() { return 1; }
};
struct Derived : Base {
  int number() override { return 2; }
};

template <class T>
void all() {
  static T there{}, here{};
  static Packed<T> packed_there{}, packed_here{};
  plain(&there, &here);
  unaligned(&packed_there, &packed_here);
  atomics(&there, here);
}

[[gnu::noinline]] int throws(int number) {
  if (number > 1) throw number;
  return number;
}

Large large[3];
Bits bits;

}  // namespace

int main(int count, char**) {
  all<unsigned char>();
  all<unsigned short>();
  all<unsigned>();
  all<unsigned long>();
  all<Wide>();
  static std::atomic<bool> flag;
  flag.store(true);
  std::atomic_flag once{};
  while (once.test_and_set()) once.clear();
  static std::atomic<double> sum;
  sum.fetch_add(0.5);
  std::atomic_thread_fence(std::memory_order_acq_rel);
  std::atomic_signal_fence(std::memory_order_acq_rel);
  bits.b = static_cast<unsigned>(count) & 3;
  ++bits.c;
  large[0] = large[1];
  std::memcpy(&large[count % 3], &large[2], static_cast<unsigned>(count));
  std::memmove(&large[1], &large[count % 3], static_cast<unsigned>(count) * 2);
  std::memset(&large[2], count, static_cast<unsigned>(count));
  Base* object = count > 3 ? new Base : new Derived;
  const int number = object->number();
  delete object;
  try {
    return throws(number) - 1;
  } catch (int) {
    return 0;
  }
}
