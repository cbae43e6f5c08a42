#include "ledger.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <stdexcept>

#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"

namespace lab {

// A robust mutex, the entries, their count and their sum.
// README.md, part B: "What is true while nobody is inside".
struct Ledger::Shared {};

std::size_t Ledger::size_for([[maybe_unused]] std::size_t capacity) {
  ipc::not_started();  // Delete this line when you begin.
}

Ledger Ledger::create([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t capacity) {
  ipc::not_started();
}

Ledger Ledger::open([[maybe_unused]] void* memory) { ipc::not_started(); }

// In which order do you write, so that after any of the writes it can be told what to do?
// README.md, part B: "The owner is dead".
void Ledger::post([[maybe_unused]] std::int64_t amount) { ipc::not_started(); }

Ledger::Summary Ledger::summary() { ipc::not_started(); }

void Ledger::read([[maybe_unused]] const std::function<void(std::int64_t)>& look) {
  ipc::not_started();
}

}  // namespace lab
