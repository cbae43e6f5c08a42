// Lab 05, to play with: runs your code in several processes, so that there is something to see
// before you grade it.
//
//     demo                     all four parts, one after the other
//     demo buffer [NUMBERS]    part A: two producers and two consumers
//     demo ledger [KILLS]      part B: writers of a ledger are killed, again and again
//     demo lock                part C: two writers and three readers
//     demo bank [TRANSFERS]    part D: tellers who transfer in all directions
//
// It checks little and is not graded: change it as you like. If it hangs, leave it hanging and look
// at it from another terminal; README.md, "Run and debug", says how. What goes wrong once in a
// million runs it will hardly ever show: for that there is the grader.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <list>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bank.h"
#include "bounded_buffer.h"
#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"
#include "ledger.h"
#include "readers_writer_lock.h"

namespace {

/// Runs `body` and says on the terminal what stopped it, if anything did.
/// @returns whether nothing did.
bool completes(const char* who, const std::function<void()>& body) {
  try {
    body();
    return true;
  } catch (const ipc::NotStarted& missing) {
    std::printf("  %s: %s is not written yet (%s:%d).\n", who, missing.function(), missing.file(),
                missing.line());
  } catch (const std::exception& error) {
    std::printf("  %s: stopped by an exception: %s\n", who, error.what());
  }
  return false;
}

/// Another process, and in the end the wait for it.
class Child {
 public:
  Child(const char* who, const std::function<void()>& body) {
    std::fflush(stdout);  // Or the child would print a second time what is still in the buffer.
    pid_ = ::fork();
    if (pid_ < 0) throw ipc::SystemError("fork");
    if (pid_ > 0) return;
    const bool ok = completes(who, body);
    std::fflush(stdout);
    ::_exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { wait(); }

  void wait() {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }

 private:
  pid_t pid_ = -1;
};

/// Memory that this process shares with those that it forks. They have it at the same address, as
/// it comes; the grader's processes do not.
class Memory {
 public:
  explicit Memory(std::size_t size) : size_(size) {
    memory_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw ipc::SystemError("mmap");
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { ::munmap(memory_, size_); }
  [[nodiscard]] void* get() const { return memory_; }

 private:
  std::size_t size_;
  void* memory_;
};

using Arguments = std::vector<std::string>;

std::size_t number(const Arguments& arguments, std::size_t otherwise) {
  if (arguments.empty()) return otherwise;
  const std::string& digits = arguments.front();
  if (digits.empty() || digits.size() > 9 ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    throw std::invalid_argument("\"" + digits + "\" is not a number");
  }
  return std::stoull(digits);
}

// ------------------------------------------------------------------------------------------ part A

void buffer(const Arguments& arguments) {
  const std::size_t count = number(arguments, 10'000);
  constexpr std::size_t capacity = 4;
  const Memory memory(lab::BoundedBuffer::size_for(capacity));
  lab::BoundedBuffer ours = lab::BoundedBuffer::create(memory.get(), capacity);
  std::list<Child> consumers, producers;
  for (int who = 1; who <= 2; ++who) {
    consumers.emplace_back("consumer", [&] {
      lab::BoundedBuffer buffer = lab::BoundedBuffer::open(memory.get());
      std::uint64_t taken = 0, sum = 0;
      while (const auto item = buffer.take()) {
        ++taken;
        sum += *item;
      }
      std::printf("  consumer %d: %llu numbers, with the sum %llu\n", who,
                  static_cast<unsigned long long>(taken), static_cast<unsigned long long>(sum));
    });
    producers.emplace_back("producer", [&] {
      lab::BoundedBuffer buffer = lab::BoundedBuffer::open(memory.get());
      for (std::size_t i = 1; i <= count; ++i) buffer.put(i);
    });
  }
  producers.clear();  // waits for them
  ours.close();
  consumers.clear();
  std::printf("  together it should be %zu numbers, with the sum %zu\n", 2 * count,
              count * (count + 1));
}

// ------------------------------------------------------------------------------------------ part B

void ledger(const Arguments& arguments) {
  const std::size_t kills = number(arguments, 20);
  constexpr std::size_t capacity = 1'000'000;
  const Memory memory(lab::Ledger::size_for(capacity));
  lab::Ledger ours = lab::Ledger::create(memory.get(), capacity);
  for (std::size_t i = 0; i < kills; ++i) {
    Child writer("writer", [&] {
      lab::Ledger ledger = lab::Ledger::open(memory.get());
      while (true) ledger.post(3);
    });
    ::usleep(300);  // somewhere in the middle of it, we do not know where
    writer.kill();
  }
  const lab::Ledger::Summary summary = ours.summary();
  std::printf("  %zu writers were killed. There are %zu entries of 3, with the sum %lld: %s\n",
              kills, summary.entries, static_cast<long long>(summary.sum),
              summary.sum == 3 * static_cast<std::int64_t>(summary.entries) ? "right" : "WRONG");
}

// ------------------------------------------------------------------------------------------ part C

void lock(const Arguments&) {
  struct Inside {
    std::atomic<int> readers = 0, writers = 0, most_readers = 0, met = 0;
  };
  const Memory lock_memory(lab::ReadersWriterLock::size()), inside_memory(sizeof(Inside));
  lab::ReadersWriterLock::create(lock_memory.get());
  auto* inside = new (inside_memory.get()) Inside;
  std::list<Child> all;
  for (int who = 0; who < 5; ++who) {
    all.emplace_back(who < 2 ? "writer" : "reader", [&] {
      lab::ReadersWriterLock lock = lab::ReadersWriterLock::open(lock_memory.get());
      for (int i = 0; i < 300; ++i) {
        if (who < 2) {
          lock.lock();
          if (++inside->writers > 1 || inside->readers > 0) ++inside->met;
          ::usleep(10);
          --inside->writers;
          lock.unlock();
        } else {
          lock.lock_shared();
          const int readers = ++inside->readers;
          if (readers > inside->most_readers) inside->most_readers = readers;
          if (inside->writers > 0) ++inside->met;
          ::usleep(10);
          --inside->readers;
          lock.unlock_shared();
        }
      }
    });
  }
  all.clear();
  std::printf("  at most %d readers were inside together, and %d times somebody met a writer\n",
              inside->most_readers.load(), inside->met.load());
}

// ------------------------------------------------------------------------------------------ part D

void bank(const Arguments& arguments) {
  const std::size_t transfers = number(arguments, 20'000);
  const std::vector<std::int64_t> balances(5, 100);
  const Memory memory(lab::Bank::size_for(balances.size()));
  lab::Bank ours = lab::Bank::create(memory.get(), balances);
  std::list<Child> tellers;
  for (unsigned who = 1; who <= 3; ++who) {
    tellers.emplace_back("teller", [&] {
      lab::Bank bank = lab::Bank::open(memory.get());
      std::minstd_rand random(who);
      std::size_t done = 0;
      for (std::size_t i = 0; i < transfers; ++i) {
        const std::size_t from = random() % 5, to = random() % 5;
        if (bank.transfer(from, to, static_cast<std::int64_t>(random() % 120))) ++done;
      }
      std::printf("  teller %u: %zu of %zu transfers took place\n", who, done, transfers);
    });
  }
  const std::int64_t meanwhile = ours.total();
  tellers.clear();
  std::printf("  the total was %lld while they worked, and is %lld at last; it should be 500\n",
              static_cast<long long>(meanwhile), static_cast<long long>(ours.total()));
}

// -------------------------------------------------------------------------------------------------

struct Part {
  const char* name;
  const char* heading;
  void (*run)(const Arguments&);
};

constexpr Part parts[] = {
    {"buffer", "Part A: a bounded buffer", buffer},
    {"ledger", "Part B: a ledger whose writers are killed", ledger},
    {"lock", "Part C: readers and writers", lock},
    {"bank", "Part D: transfers in all directions", bank},
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argv + 1, argv + argc);
  const std::string wanted = arguments.empty() ? "" : arguments.front();

  bool found = false;
  bool ok = true;
  for (const Part& part : parts) {
    if (!wanted.empty() && wanted != part.name) continue;
    found = true;
    std::printf("%s\n", part.heading);
    const Arguments rest(arguments.begin() + (wanted.empty() ? 0 : 1), arguments.end());
    ok &= completes(part.name, [&] { part.run(rest); });
  }
  if (!found) {
    std::fputs("usage: demo [buffer [NUMBERS] | ledger [KILLS] | lock | bank [TRANSFERS]]\n",
               stderr);
    return 2;
  }
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
