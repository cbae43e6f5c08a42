#include "channel.h"

#include "common/ipc/not_started.h"

// This file is yours. Delete a call of ipc::not_started() when you begin with its function.

namespace lab {

struct Channel::State {};

Channel Channel::create([[maybe_unused]] std::span<std::byte> memory) { ipc::not_started(); }

Channel Channel::open([[maybe_unused]] std::span<std::byte> memory) { ipc::not_started(); }

void Channel::send([[maybe_unused]] std::span<const std::byte> message) { ipc::not_started(); }

void Channel::close() { ipc::not_started(); }

bool Channel::receive([[maybe_unused]] std::vector<std::byte>& message) { ipc::not_started(); }

Channel::Channel(Channel&& other) noexcept : state_(other.state_) { other.state_ = nullptr; }

Channel::~Channel() = default;

}  // namespace lab
