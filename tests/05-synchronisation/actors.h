#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bank.h"
#include "bounded_buffer.h"
#include "ledger.h"
#include "readers_writer_lock.h"
#include "region.h"

/// What roles do: one of them makes the object, and the others play a script, one letter for each
/// thing that they do with it. 'w' waits for the judge; where schedules are explored, there is
/// none.
namespace actors {

/// An exception that no code but a check's throws.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("an exception of the grader") {}
};

// 64-bit numbers, as they are given to a role.
inline std::vector<std::int64_t> numbers_in(std::span<const std::byte> bytes) {
  std::vector<std::int64_t> numbers(bytes.size() / sizeof(std::int64_t));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * 8);
  return numbers;
}

/// Makes memory and what is to lie in it, and lets the others begin.
template <class Me, class Create>
void make_for(Me& me, std::size_t size, Create create) {
  shared::make_region(me.text("region"), size, static_cast<std::uint8_t>(me.number("pattern")));
  create(shared::map_region(me.text("region"), size, 1));
  const std::string tokens(static_cast<std::size_t>(me.number("others")), '!');
  (void)!::write(me.fd("made"), tokens.data(), tokens.size());
  me.report("made", "");
}

/// Waits until it has been made. @returns where; nullptr if it never will be
template <class Me>
void* find(Me& me, std::size_t size) {
  char token = 0;
  if (::read(me.fd("made"), &token, 1) != 1) return nullptr;
  return shared::map_region(me.text("region"), size, static_cast<std::size_t>(me.number("gap")));
}

template <class Me>
void wait_for_judge(Me& me) {
  me.report("ready", "");
  me.wait_for_judge();
}

template <class Me>
void make_buffer(Me& me) {
  const auto capacity = static_cast<std::size_t>(me.number("size"));
  make_for(me, lab::BoundedBuffer::size_for(capacity),
           [&](void* memory) { lab::BoundedBuffer::create(memory, capacity); });
}

/// p: puts the next number. t: takes one. T: takes until there is nothing. c: closes.
template <class Me>
void use_buffer(Me& me) {
  const auto capacity = static_cast<std::size_t>(me.number("size"));
  void* memory = find(me, lab::BoundedBuffer::size_for(capacity));
  if (memory == nullptr) return;
  lab::BoundedBuffer buffer = lab::BoundedBuffer::open(memory);
  const std::vector<std::int64_t> items = numbers_in(me.payload());
  std::size_t next = 0;
  const auto take = [&] {
    const auto item = buffer.take();
    if (item) me.report("took", std::to_string(*item));
    if (!item) me.report("nothing", "");
    return item.has_value();
  };
  for (const char what : me.text("script")) {
    if (what == 'w') wait_for_judge(me);
    if (what == 'p') {
      const bool is_in = buffer.put(static_cast<std::uint64_t>(items.at(next++)));
      me.report(is_in ? "put" : "refused", "");
    }
    if (what == 't') take();
    if (what == 'T') {
      // No more than anybody has put: who counts below zero finds something for ever.
      for (std::size_t most = 4 * capacity + 16; most > 0 && take(); --most) {
      }
    }
    if (what == 'c') {
      buffer.close();
      me.report("closed", "");
    }
  }
}

/// What it was given to post stands in the ledger before any other process comes.
template <class Me>
void make_ledger(Me& me) {
  const auto capacity = static_cast<std::size_t>(me.number("size"));
  make_for(me, lab::Ledger::size_for(capacity), [&](void* memory) {
    lab::Ledger ledger = lab::Ledger::create(memory, capacity);
    for (const std::int64_t amount : numbers_in(me.payload())) ledger.post(amount);
  });
}

/// Waits for the end of those processes that have the other end of a pipe.
template <class Me>
void wait_for_ends(Me& me) {
  char nothing = 0;
  while (::read(me.fd("over"), &nothing, 1) > 0) {
  }
}

/// p: posts the next amount. s: tells count and sum. r: tells all amounts. i: begins to read, and
/// waits for the judge inside. x: begins to read, and throws. e: waits
/// for the end of another process, which has the other end of a pipe.
template <class Me>
void use_ledger(Me& me) {
  const auto capacity = static_cast<std::size_t>(me.number("size"));
  void* memory = find(me, lab::Ledger::size_for(capacity));
  if (memory == nullptr) return;
  lab::Ledger ledger = lab::Ledger::open(memory);
  const std::vector<std::int64_t> amounts = numbers_in(me.payload());
  std::size_t next = 0;
  for (const char what : me.text("script")) {
    if (what == 'w') wait_for_judge(me);
    if (what == 'p') {
      try {
        ledger.post(amounts.at(next++));
        me.report("posted", "");
      } catch (const std::length_error&) {
        me.report("full", "");
      }
    }
    if (what == 'e') wait_for_ends(me);
    if (what == 's') {
      const lab::Ledger::Summary summary = ledger.summary();
      me.report("entries", static_cast<std::int64_t>(summary.entries));
      me.report("sum", summary.sum);
    }
    if (what == 'r') {
      // Not from inside: as little as possible is done there.
      std::vector<std::int64_t> all;
      ledger.read([&](std::int64_t amount) { all.push_back(amount); });
      for (const std::int64_t amount : all) me.report("amount", amount);
    }
    if (what == 'i') {
      bool first = true;
      ledger.read([&](std::int64_t) {
        if (!first) return;
        first = false;
        me.report("inside", "");
        me.wait_for_judge();
      });
      me.report("outside", "");
    }
    if (what == 'x') {
      try {
        ledger.read([](std::int64_t) { throw Interrupted(); });
        me.report("swallowed", "");
      } catch (const Interrupted&) {
        me.report("thrown", "");
      }
    }
  }
}

/// @param behind  so many bytes behind the lock are for what it protects.
template <class Me>
void make_lock(Me& me, std::size_t behind = 64) {
  make_for(me, lab::ReadersWriterLock::size() + behind,
           [&](void* memory) { lab::ReadersWriterLock::create(memory); });
}

/// R, r: in and out as a reader. L, l: in and out as a writer. What is protected are two numbers
/// that are always the same: a writer adds to both, and a reader tells both.
template <class Me>
void use_lock(Me& me, std::size_t behind = 64) {
  const std::size_t size = lab::ReadersWriterLock::size();
  auto* memory = static_cast<std::byte*>(find(me, size + behind));
  if (memory == nullptr) return;
  lab::ReadersWriterLock lock = lab::ReadersWriterLock::open(memory);
  auto* data = reinterpret_cast<std::int64_t*>(memory + (size + 63) / 64 * 64);
  const std::vector<std::int64_t> amounts = numbers_in(me.payload());
  std::size_t next = 0;
  const bool writes = me.number("data") != 0;
  for (const char what : me.text("script")) {
    if (what == 'w') wait_for_judge(me);
    if (what == 'R') {
      lock.lock_shared();
      me.report("in", "");
      if (writes) me.report("read", std::to_string(data[0]) + " " + std::to_string(data[1]));
    }
    if (what == 'r') {
      lock.unlock_shared();
      me.report("out", "");
    }
    if (what == 'L') {
      lock.lock();
      me.report("in", "");
      if (writes) {
        const std::int64_t amount = amounts.at(next++);
        data[0] += amount;
        data[1] += amount;
      }
    }
    if (what == 'l') {
      lock.unlock();
      me.report("out", "");
    }
  }
}

template <class Me>
void make_bank(Me& me) {
  const std::vector<std::int64_t> balances = numbers_in(me.payload());
  make_for(me, lab::Bank::size_for(balances.size()),
           [&](void* memory) { lab::Bank::create(memory, balances); });
}

/// T: the next transfer, of three numbers each. I, X: inspects the account that the next number is;
/// and waits inside for the judge, or throws. b: tells all balances. t: tells the total.
template <class Me>
void use_bank(Me& me) {
  const auto accounts = static_cast<std::size_t>(me.number("size"));
  void* memory = find(me, lab::Bank::size_for(accounts));
  if (memory == nullptr) return;
  lab::Bank bank = lab::Bank::open(memory);
  const std::vector<std::int64_t> numbers = numbers_in(me.payload());
  std::size_t at = 0;
  const auto next = [&] { return numbers.at(at++); };
  for (const char what : me.text("script")) {
    if (what == 'w') wait_for_judge(me);
    if (what == 'T') {
      const auto from = static_cast<std::size_t>(next());
      const auto to = static_cast<std::size_t>(next());
      const std::int64_t amount = next();
      try {
        me.report("transfer", bank.transfer(from, to, amount) ? "true" : "false");
      } catch (const std::out_of_range&) {
        me.report("transfer", "std::out_of_range");
      } catch (const std::invalid_argument&) {
        me.report("transfer", "std::invalid_argument");
      }
    }
    if (what == 'I') {
      std::int64_t seen = 0;
      bank.inspect(static_cast<std::size_t>(next()), [&](std::int64_t balance) {
        seen = balance;
        me.report("inside", balance);
        me.wait_for_judge();
      });
      me.report("outside", seen);
    }
    if (what == 'X') {
      try {
        bank.inspect(static_cast<std::size_t>(next()), [](std::int64_t) { throw Interrupted(); });
        me.report("inspect", "swallowed");
      } catch (const Interrupted&) {
        me.report("inspect", "thrown");
      } catch (const std::out_of_range&) {
        me.report("inspect", "std::out_of_range");
      }
    }
    if (what == 'b') {
      std::string all;
      for (std::size_t i = 0; i < accounts; ++i) {
        bank.inspect(i, [&](std::int64_t balance) { all += std::to_string(balance) + " "; });
      }
      me.report("balances", all);
    }
    if (what == 't') me.report("total", bank.total());
  }
}

}  // namespace actors
