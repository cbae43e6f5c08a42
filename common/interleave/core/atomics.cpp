#include "common/interleave/core/atomics.h"

#include <algorithm>
#include <cstring>

namespace interleave::atomics {

namespace {

void begin_history(History& history, std::uint32_t on, const void* value, std::size_t size) {
  history.object = on;
  history.first = 1;
  history.last_seq_cst = 0;
  history.count = 1;
  history.stores[0] = History::Store{};
  std::memcpy(history.stores[0].value, value, size);
}

// The stores to this object that a read may still see.
History& history_of(std::uint32_t on) { return control->history[object(on).count]; }

std::uint32_t newest(const History& history) { return history.first + history.count - 1; }

History::Store& store_of(History& history, std::uint32_t number) {
  return history.stores[number - history.first];
}

// The newest store that who has `clock` cannot pass over any more: it happened before, or somebody
// saw it before.
std::uint32_t newest_known(History& history, const Clock& clock) {
  const auto is_known = [&](const History::Store& store) {
    if (store.by.is_nobody() || store.by.before(clock)) return true;
    for (std::uint32_t i = 0; i < control->threads; ++i) {
      if (store.seen.at[i] != 0 && store.seen.at[i] <= clock.at[i]) return true;
    }
    return false;
  };
  std::uint32_t number = newest(history);
  while (number > history.first && !is_known(store_of(history, number))) --number;
  return number;
}

// From here on this thread, and who takes up from it, sees this store or a later one.
void note(History& history, std::uint32_t number) {
  for (std::uint32_t i = history.first; i <= number; ++i) {
    std::uint32_t& seen = store_of(history, i).seen.at[self];
    if (seen == 0) seen = me().clock.at[self];
  }
}

void see(History& history, std::uint32_t number, Order order) {
  Thread& thread = me();
  note(history, number);
  const History::Store& store = store_of(history, number);
  if (!store.has_clock) return;
  if (acquires(order)) {
    thread.clock.join(store.clock, control->threads);
  } else {
    thread.acquire_fence.join(store.clock, control->threads);
  }
}

// What a sequentially consistent operation or fence cannot pass over: what another such operation
// has read or written by now, and what was known to who made a fence. All of these stand in one
// order, which here is that of the steps. @see C++20 [atomics.order] 4
void note_order(History& history) {
  if (history.last_seq_cst >= history.first) note(history, history.last_seq_cst);
  note(history, newest_known(history, control->fence));
}

// Two such operations on different objects can change places, but not one of them and a fence.
std::uint32_t fences() { return object_of({0, 2}, Kind::clock); }

void add_store(History& history, Order order, const void* value, std::size_t size, bool changes) {
  Thread& thread = me();
  History::Store store;
  if (changes) {
    // A read-modify-write goes on with the release sequence that it has read from.
    const History::Store& before = store_of(history, newest(history));
    store.has_clock = before.has_clock;
    store.clock = before.clock;
  }
  if (history.count == most_stores) {
    std::copy(history.stores + 1, history.stores + most_stores, history.stores);
    ++history.first;
    --history.count;
  }
  std::memcpy(store.value, value, size);
  store.by = Epoch(self, thread.clock.at[self]);
  if (releases(order)) {
    store.has_clock = true;
    store.clock.join(thread.clock, control->threads);
  } else if (thread.has_release_fence) {
    store.has_clock = true;
    store.clock.join(thread.release_fence, control->threads);
  }
  history.stores[history.count++] = store;
  if (order == Order::seq_cst) history.last_seq_cst = newest(history);
  see(history, newest(history), Order::relaxed);
  // What this thread does next comes after the store, and goes not with it.
  ++thread.clock.at[self];
}

}  // namespace

std::uint32_t begin(Op op, const volatile void* address, std::size_t size, Order order,
                    const void* pc) {
  const std::uint32_t on = object_at(address, Kind::memory);
  step(op, on, pc);
  atomic_access(reinterpret_cast<std::uint64_t>(address), size, op != Op::load, pc);
  Object& memory = object(on);
  const void* value = const_cast<const void*>(address);
  if (memory.count == 0) {
    if (control->histories >= most_histories)
      finish(Outcome::full, "the program has more atomic objects than 1023.");
    memory.count = control->histories++;
    begin_history(control->history[memory.count], on, value, size);
  }
  History& history = history_of(on);
  // It may have been written in another way meanwhile: constructed anew, or by memset(3).
  if (std::memcmp(store_of(history, newest(history)).value, value, size) != 0) {
    begin_history(history, on, value, size);
  }
  if (order == Order::seq_cst) {
    depends_on(fences());
    note_order(history);
  }
  return on;
}

void read_value(std::uint32_t on, Order order, void* value, std::size_t size) {
  History& history = history_of(on);
  const std::uint32_t last = newest(history);
  std::uint32_t number = last;
  if (control->plan.weak_memory) {
    number = last - choose(Choice::value, last - newest_known(history, me().clock) + 1);
  }
  std::memcpy(value, store_of(history, number).value, size);
  see(history, number, order);
  if (order == Order::seq_cst) history.last_seq_cst = std::max(history.last_seq_cst, number);
}

void end_read(std::uint32_t on, std::uint64_t value) {
  did(Op::load, on, static_cast<std::int64_t>(value), false);
  in_vain(on, value);
}

void end_failed_change(std::uint32_t on, Order order, std::uint64_t value) {
  History& history = history_of(on);
  see(history, newest(history), order);
  if (order == Order::seq_cst) history.last_seq_cst = newest(history);
  end_read(on, value);
}

void end_write(std::uint32_t on, Order order, std::uint64_t value, const void* now,
               std::size_t size) {
  add_store(history_of(on), order, now, size, false);
  did(Op::store, on, static_cast<std::int64_t>(value), true);
}

void end_change(std::uint32_t on, Order order, std::uint64_t value, const void* now,
                std::size_t size) {
  History& history = history_of(on);
  see(history, newest(history), order);
  add_store(history, order, now, size, true);
  did(Op::exchange, on, static_cast<std::int64_t>(value), true);
}

void see_newest(const volatile void* address) {
  const Object& memory = object(object_at(address, Kind::memory));
  if (memory.count == 0) return;
  History& history = control->history[memory.count];
  see(history, newest(history), Order::relaxed);
}

void fence(Order order, const void* pc) {
  if (!engaged()) return;
  const Inside engine;
  const std::uint32_t on = fences();
  step(Op::fence, on, pc);
  Thread& thread = me();
  if (acquires(order)) thread.clock.join(thread.acquire_fence, control->threads);
  if (order == Order::seq_cst) {
    // It makes stores visible, and yet nothing happens before anything by it: a race stays a race.
    control->fence.join(thread.clock, control->threads);
    for (std::uint32_t i = 1; i < control->histories; ++i) note_order(control->history[i]);
  }
  if (releases(order)) {
    thread.release_fence = thread.clock;
    thread.has_release_fence = true;
    ++thread.clock.at[self];
  }
  did(Op::fence, on, 0, order == Order::seq_cst);
}

}  // namespace interleave::atomics
