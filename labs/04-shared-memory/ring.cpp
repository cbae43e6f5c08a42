#include "ring.h"

#include "common/ipc/not_started.h"

// This file is yours. Delete a call of ipc::not_started() when you begin with its function.

namespace lab {

struct Ring::Shared {};

Ring Ring::create([[maybe_unused]] std::span<std::byte> memory) { ipc::not_started(); }

Ring Ring::open([[maybe_unused]] std::span<std::byte> memory) { ipc::not_started(); }

std::size_t Ring::max_frame() const { ipc::not_started(); }

std::optional<std::span<std::byte>> Ring::loan([[maybe_unused]] std::size_t size) {
  ipc::not_started();
}

void Ring::publish() { ipc::not_started(); }

std::optional<std::span<const std::byte>> Ring::borrow() { ipc::not_started(); }

void Ring::release() { ipc::not_started(); }

}  // namespace lab
