#include "shared_region.h"

#include "common/ipc/not_started.h"

// This file is yours. Delete a call of ipc::not_started() when you begin with its function.

namespace lab {

SharedRegion SharedRegion::create([[maybe_unused]] const std::string& name,
                                  [[maybe_unused]] std::size_t size) {
  ipc::not_started();
}

SharedRegion SharedRegion::open([[maybe_unused]] const std::string& name) { ipc::not_started(); }

void SharedRegion::remove([[maybe_unused]] const std::string& name) { ipc::not_started(); }

SharedRegion::SharedRegion([[maybe_unused]] SharedRegion&& other) noexcept {}

SharedRegion& SharedRegion::operator=([[maybe_unused]] SharedRegion&& other) noexcept {
  return *this;
}

SharedRegion::~SharedRegion() = default;

std::span<std::byte> SharedRegion::bytes() const { ipc::not_started(); }

}  // namespace lab
