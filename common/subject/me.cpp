#include "common/subject/me.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/subject/wire.h"

namespace subject {

namespace {

std::vector<std::byte> contents(int memory_file) {
  const off_t size = ::lseek(memory_file, 0, SEEK_END);
  std::vector<std::byte> data(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!data.empty()) {
    void* mapped = ::mmap(nullptr, data.size(), PROT_READ, MAP_SHARED, memory_file, 0);
    if (mapped == MAP_FAILED) std::abort();
    std::memcpy(data.data(), mapped, data.size());
    ::munmap(mapped, data.size());
  }
  ::close(memory_file);
  return data;
}

// A role that asks for what its check did not give it is a mistake in the check.
template <class Map>
auto& found(Map& map, std::string_view name) {
  const auto at = map.find(name);
  if (at == map.end()) {
    std::fprintf(stderr, "the check gives this role no \"%.*s\"\n", static_cast<int>(name.size()),
                 name.data());
    std::abort();
  }
  return at->second;
}

}  // namespace

Me::Me(std::string role, const std::map<std::string, std::string>& arguments,
       const std::map<std::string, int>& descriptors, int control)
    : role_(std::move(role)), arguments_(arguments.begin(), arguments.end()), control_(control) {
  for (const auto& [name, fd] : descriptors) {
    if (name == "payload") {
      payload_ = contents(fd);
    } else {
      descriptors_.emplace(name, fd);
    }
  }
}

int Me::fd(std::string_view name) const { return found(descriptors_, name); }

const std::string& Me::text(std::string_view name) const { return found(arguments_, name); }

std::int64_t Me::number(std::string_view name) const {
  return std::strtoll(text(name).c_str(), nullptr, 10);
}

void Me::report(std::string_view tag, std::span<const std::byte> data) const {
  const std::string head(tag.data(), tag.size());
  send_frame(control_, FromRole::report, std::as_bytes(std::span(head.c_str(), head.size() + 1)),
             data);
}

void Me::report(std::string_view tag, std::string_view text) const { report(tag, bytes_of(text)); }

void Me::report(std::string_view tag, std::int64_t number) const {
  report(tag, std::to_string(number));
}

void Me::report_end(const Outcome& outcome) const {
  std::string ending = outcome.how;
  ending += '\0';
  ending += outcome.what;
  ending += '\0';
  ending += outcome.detail;
  ending += '\0';
  send_frame(control_, FromRole::finished, bytes_of(ending));
}

void Me::wait_for_judge() const {
  Frame frame;
  if (!receive_all(control_, &frame, sizeof frame)) ::_exit(0);
}

}  // namespace subject
