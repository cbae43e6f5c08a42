#include "bulletin.h"

#include "common/ipc/not_started.h"

// This file is yours. Delete a call of ipc::not_started() when you begin with its function.

namespace lab {

struct BulletinWriter::Sheet {};
struct BulletinReader::Sheet {};

BulletinWriter::BulletinWriter([[maybe_unused]] const std::string& path,
                               [[maybe_unused]] std::size_t size) {
  ipc::not_started();
}

BulletinWriter::~BulletinWriter() = default;

void BulletinWriter::put_up([[maybe_unused]] std::span<const std::byte> state) {
  ipc::not_started();
}

BulletinReader::BulletinReader([[maybe_unused]] const std::string& path) { ipc::not_started(); }

BulletinReader::~BulletinReader() = default;

std::size_t BulletinReader::size() const { ipc::not_started(); }

std::uint64_t BulletinReader::look([[maybe_unused]] std::span<std::byte> state) const {
  ipc::not_started();
}

}  // namespace lab
