#pragma once

#include <cstdint>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/memory.h"
#include "common/interleave/core/shadow.h"

/// Atomic operations as the C++ memory model has them.
/// @see C++20 [atomics.order]
namespace interleave::atomics {

/// As the compilers number them.
enum class Order { relaxed, consume, acquire, release, acq_rel, seq_cst };

inline bool acquires(Order order) {
  return order == Order::consume || order == Order::acquire || order == Order::acq_rel ||
         order == Order::seq_cst;
}
inline bool releases(Order order) {
  return order == Order::release || order == Order::acq_rel || order == Order::seq_cst;
}

/// Whether somebody else can see the object at all.
inline bool is_visible(const volatile void* address) {
  return engaged() && (watches_private_memory ||
                       mapping_of(reinterpret_cast<std::uint64_t>(address)) != nullptr);
}

/// The bookkeeping, for values of any size: a step begins, and ends as one of these.
/// @returns the object
std::uint32_t begin(Op op, const volatile void* address, std::size_t size, Order order,
                    const void* pc);
/// Chooses which of the stores a read sees, and puts that in place of `value`.
void read_value(std::uint32_t object, Order order, void* value, std::size_t size);
void end_read(std::uint32_t object, std::uint64_t value);
void end_failed_change(std::uint32_t object, Order order, std::uint64_t value);
void end_write(std::uint32_t object, Order order, std::uint64_t value, const void* now,
               std::size_t size);
void end_change(std::uint32_t object, Order order, std::uint64_t value, const void* now,
                std::size_t size);
void fence(Order order, const void* pc);
/// The kernel has read the object for this thread, which sees no older store of it from now on.
/// @see futex(2)
void see_newest(const volatile void* address);

template <class T>
T load(const volatile T* address, Order order, const void* pc) {
  if (!is_visible(address)) return *address;
  const Inside engine;
  const std::uint32_t on = begin(Op::load, address, sizeof(T), order, pc);
  T value = *address;
  read_value(on, order, &value, sizeof value);
  end_read(on, static_cast<std::uint64_t>(value));
  return value;
}

template <class T>
void store(volatile T* address, T value, Order order, const void* pc) {
  if (!is_visible(address)) {
    *address = value;
    return;
  }
  const Inside engine;
  const std::uint32_t on = begin(Op::store, address, sizeof(T), order, pc);
  *address = value;
  end_write(on, order, static_cast<std::uint64_t>(value), &value, sizeof value);
}

/// Reads, and writes what `made` makes of that, in one: such an operation sees the newest store.
template <class T, class Made>
T change(volatile T* address, Made made, Order order, const void* pc) {
  if (!is_visible(address)) {
    const T old = *address;
    *address = made(old);
    return old;
  }
  const Inside engine;
  const std::uint32_t on = begin(Op::exchange, address, sizeof(T), order, pc);
  const T old = *address;
  const T now = made(old);
  *address = now;
  end_change(on, order, static_cast<std::uint64_t>(now), &now, sizeof now);
  return old;
}

template <class T>
int compare_exchange(volatile T* address, T* expected, T desired, Order success, Order failure,
                     const void* pc) {
  if (!is_visible(address)) {
    if (*address == *expected) {
      *address = desired;
      return 1;
    }
    *expected = *address;
    return 0;
  }
  const Inside engine;
  const std::uint32_t on = begin(Op::exchange, address, sizeof(T), success, pc);
  const T old = *address;
  if (old == *expected) {
    *address = desired;
    end_change(on, success, static_cast<std::uint64_t>(desired), &desired, sizeof desired);
    return 1;
  }
  *expected = old;
  end_failed_change(on, failure, static_cast<std::uint64_t>(old));
  return 0;
}

}  // namespace interleave::atomics
