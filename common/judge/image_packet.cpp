#include "common/judge/image_packet.h"

#include <stdexcept>
#include <string>

#include "common/ipc/system_error.h"
#include "common/judge/bytes.h"
#include "common/judge/sockets.h"

namespace judge {

namespace {

constexpr std::size_t most_bytes = 1 << 17;
constexpr std::size_t shown_link_error = 4000;

/// Texts in one packet, each behind its size. Both ends are ours, and what a submission has to say
/// (names of files, words of the compiler) may hold any byte.
class Packet {
 public:
  Packet() = default;
  explicit Packet(std::string bytes) : bytes_(std::move(bytes)) {}

  void put(const std::string& text) { bytes_ += std::to_string(text.size()) + ' ' + text; }
  void put(std::size_t number) { put(std::to_string(number)); }

  std::string take() {
    const std::size_t space = bytes_.find(' ', at_);
    const std::size_t size = std::stoul(bytes_.substr(at_, space - at_));
    at_ = space + 1 + size;
    return bytes_.substr(space + 1, size);
  }
  std::size_t take_number() { return std::stoul(take()); }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace

void send_image(int socket, Build build, const Image& image) {
  Packet packet;
  packet.put(static_cast<std::size_t>(build));
  packet.put(image.link_error.substr(0, shown_link_error));
  packet.put(image.missing.size());
  for (const auto& [name, problem] : image.missing) {
    packet.put(name);
    packet.put(problem);
  }
  packet.put(image.errors.size());
  for (const Place& place : image.errors) {
    packet.put(place.file);
    packet.put(static_cast<std::size_t>(place.line));
    packet.put(place.text);
  }
  std::vector<int> library;
  if (image.library) library.push_back(image.library.get());
  try {
    send_with_descriptors(socket, as_bytes(packet.bytes()), library);
  } catch (const ipc::SystemError&) {
    // A worker that has gone already needs no image.
  }
}

std::pair<Build, Image> receive_image(int socket) {
  std::string bytes(most_bytes, '\0');
  Image image;
  bytes.resize(
      receive_with_descriptor(socket, std::as_writable_bytes(std::span(bytes)), image.library));
  if (bytes.empty()) throw std::runtime_error("the build ended before its time");
  Packet packet(std::move(bytes));
  const auto build = static_cast<Build>(packet.take_number());
  image.link_error = packet.take();
  for (std::size_t count = packet.take_number(); count > 0; --count) {
    const std::string name = packet.take();
    image.missing[name] = packet.take();
  }
  for (std::size_t count = packet.take_number(); count > 0; --count) {
    Place place;
    place.file = packet.take();
    place.line = static_cast<int>(packet.take_number());
    place.text = packet.take();
    image.errors.push_back(std::move(place));
  }
  return {build, std::move(image)};
}

}  // namespace judge
