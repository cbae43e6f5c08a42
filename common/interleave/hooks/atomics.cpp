/// Atomic operations that a compiler leaves to libatomic: on what is larger than a word, where it
/// does not know that the processor can do it. They need no libatomic here.
/// @see gcc.gnu.org/wiki/Atomic/GCCMM/LIbrary

#include "common/interleave/core/atomics.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/shadow.h"

using namespace interleave;
using atomics::Order;

#define PC __builtin_return_address(0)
// A compiler knows these names, and lets nobody define them who spells them out.
#define NAMED(name) __asm__("__atomic_" #name)

namespace {

__extension__ using Wide = unsigned __int128;

// What has no size that a processor knows is behind a lock of libatomic's: a read sees the newest.
std::uint32_t begin_large(Op op, const volatile void* address, std::size_t size, Order order,
                          const void* pc) {
  const std::uint32_t on = object_at(address, Kind::memory);
  step(op, on, pc);
  atomic_access(reinterpret_cast<std::uint64_t>(address), size, op != Op::load, pc);
  if (atomics::acquires(order)) acquire(on);
  return on;
}

void end_large(Op op, std::uint32_t on, Order order) {
  if (op != Op::load && atomics::releases(order)) release(on);
  did(op, on, 0, op != Op::load);
  if (op == Op::load) in_vain(on, 0);
}

void copy(void* to, const void* from, std::size_t size) { std::memcpy(to, from, size); }

void load_large(std::size_t size, const void* from, void* to, Order order, const void* pc) {
  if (!atomics::is_visible(from)) return copy(to, from, size);
  const Inside engine;
  const std::uint32_t on = begin_large(Op::load, from, size, order, pc);
  copy(to, from, size);
  end_large(Op::load, on, order);
}

void store_large(std::size_t size, void* to, const void* from, Order order, const void* pc) {
  if (!atomics::is_visible(to)) return copy(to, from, size);
  const Inside engine;
  const std::uint32_t on = begin_large(Op::store, to, size, order, pc);
  copy(to, from, size);
  end_large(Op::store, on, order);
}

void exchange_large(std::size_t size, void* there, const void* value, void* old, Order order,
                    const void* pc) {
  const bool visible = atomics::is_visible(there);
  const Inside engine;
  const std::uint32_t on = visible ? begin_large(Op::exchange, there, size, order, pc) : nothing;
  // `value` and `old` may be the same.
  for (std::size_t i = 0; i < size; ++i) {
    const auto was = static_cast<std::byte*>(there)[i];
    static_cast<std::byte*>(there)[i] = static_cast<const std::byte*>(value)[i];
    static_cast<std::byte*>(old)[i] = was;
  }
  if (visible) end_large(Op::exchange, on, order);
}

bool compare_exchange_large(std::size_t size, void* there, void* expected, const void* value,
                            Order success, Order failure, const void* pc) {
  const bool visible = atomics::is_visible(there);
  const Inside engine;
  const std::uint32_t on = visible ? begin_large(Op::exchange, there, size, success, pc) : nothing;
  const bool equal = std::memcmp(there, expected, size) == 0;
  copy(equal ? there : expected, equal ? value : there, size);
  if (visible) end_large(equal ? Op::exchange : Op::load, on, equal ? success : failure);
  return equal;
}

// Calls `operation` with a value of the type that has this size. @returns false: there is none, or
// none that may stand at this address
template <class Operation>
bool as_word(std::size_t size, const volatile void* address, const Operation& operation) {
  if (size == 0 || size > 16 || reinterpret_cast<std::uintptr_t>(address) % size != 0) return false;
  switch (size) {
    case 1:
      operation(std::uint8_t{});
      return true;
    case 2:
      operation(std::uint16_t{});
      return true;
    case 4:
      operation(std::uint32_t{});
      return true;
    case 8:
      operation(std::uint64_t{});
      return true;
    case 16:
      operation(Wide{});
      return true;
    default:
      return false;
  }
}

template <class T>
T value_at(const void* address) {
  T value;
  std::memcpy(&value, address, sizeof value);
  return value;
}

}  // namespace

extern "C" {

// --- Of any size ---------------------------------------------------------------------------------

void generic_load(std::size_t size, const void* from, void* to, int mo) NAMED(load);
void generic_store(std::size_t size, void* to, const void* from, int mo) NAMED(store);
void generic_exchange(std::size_t size, void* there, const void* value, void* old, int mo)
    NAMED(exchange);
bool generic_compare_exchange(std::size_t size, void* there, void* expected, const void* value,
                              int mo, int fmo) NAMED(compare_exchange);
bool generic_is_lock_free(std::size_t size, const volatile void* address) NAMED(is_lock_free);

void generic_load(std::size_t size, const void* from, void* to, int mo) {
  const void* pc = PC;
  const bool is_word = as_word(size, from, [&]<class T>(T) {
    const T value = atomics::load(static_cast<const T*>(from), Order(mo), pc);
    std::memcpy(to, &value, sizeof value);
  });
  if (!is_word) load_large(size, from, to, Order(mo), pc);
}

void generic_store(std::size_t size, void* to, const void* from, int mo) {
  const void* pc = PC;
  const bool is_word = as_word(size, to, [&]<class T>(T) {
    atomics::store(static_cast<T*>(to), value_at<T>(from), Order(mo), pc);
  });
  if (!is_word) store_large(size, to, from, Order(mo), pc);
}

void generic_exchange(std::size_t size, void* there, const void* value, void* old, int mo) {
  const void* pc = PC;
  const bool is_word = as_word(size, there, [&]<class T>(T) {
    const T now = value_at<T>(value);
    const T was = atomics::change(
        static_cast<T*>(there), [=](T) { return now; }, Order(mo), pc);
    std::memcpy(old, &was, sizeof was);
  });
  if (!is_word) exchange_large(size, there, value, old, Order(mo), pc);
}

bool generic_compare_exchange(std::size_t size, void* there, void* expected, const void* value,
                              int mo, int fmo) {
  const void* pc = PC;
  bool done = false;
  const bool is_word = as_word(size, there, [&]<class T>(T) {
    T was = value_at<T>(expected);
    done = atomics::compare_exchange(static_cast<T*>(there), &was, value_at<T>(value), Order(mo),
                                     Order(fmo), pc) != 0;
    std::memcpy(expected, &was, sizeof was);
  });
  if (is_word) return done;
  return compare_exchange_large(size, there, expected, value, Order(mo), Order(fmo), pc);
}

bool generic_is_lock_free(std::size_t size, const volatile void* address) {
  return size <= 8 && as_word(size, address, [](auto) {});
}

// --- Of 16 bytes ---------------------------------------------------------------------------------

Wide load_16(const volatile void* a, int mo) NAMED(load_16);
void store_16(volatile void* a, Wide v, int mo) NAMED(store_16);
Wide exchange_16(volatile void* a, Wide v, int mo) NAMED(exchange_16);
bool compare_exchange_16(volatile void* a, void* c, Wide v, int mo, int fmo)
    NAMED(compare_exchange_16);

Wide load_16(const volatile void* a, int mo) {
  return atomics::load(static_cast<const volatile Wide*>(a), Order(mo), PC);
}
void store_16(volatile void* a, Wide v, int mo) {
  atomics::store(static_cast<volatile Wide*>(a), v, Order(mo), PC);
}
Wide exchange_16(volatile void* a, Wide v, int mo) {
  return atomics::change(
      static_cast<volatile Wide*>(a), [=](Wide) { return v; }, Order(mo), PC);
}
bool compare_exchange_16(volatile void* a, void* c, Wide v, int mo, int fmo) {
  return atomics::compare_exchange(static_cast<volatile Wide*>(a), static_cast<Wide*>(c), v,
                                   Order(mo), Order(fmo), PC) != 0;
}

#define CHANGE(name, made)                                                            \
  Wide name##_16(volatile void* a, Wide v, int mo) NAMED(name##_16);                  \
  Wide name##_16(volatile void* a, Wide v, int mo) {                                  \
    return atomics::change(                                                           \
        static_cast<volatile Wide*>(a), [=](Wide o) { return made; }, Order(mo), PC); \
  }
CHANGE(fetch_add, o + v)
CHANGE(fetch_sub, o - v)
CHANGE(fetch_and, o& v)
CHANGE(fetch_or, o | v)
CHANGE(fetch_xor, o ^ v)
CHANGE(fetch_nand, ~(o& v))

}  // extern "C"
