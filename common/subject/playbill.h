#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace subject {

/// What the judge wants to see explored: the roles of a scenario, what each is given, and the pipes
/// between them. It goes to the stage as a file (stage/stage.cpp).
struct Playbill {
  /// An end of one of the pipes.
  struct End {
    std::uint32_t pipe = 0;
    bool writes = false;
  };
  struct Part {
    std::string role;
    std::map<std::string, std::string> arguments;
    std::map<std::string, End> ends;
    std::string payload;
  };
  std::vector<int> capacities;       ///< of the pipes, bytes; 0: as they come
  std::vector<std::string> scratch;  ///< directories that are empty when a run begins
  std::vector<Part> parts;

  /// What arguments say to lie in the directory `from` lies in `to` from now on.
  void move(const std::string& from, const std::string& to) {
    for (Part& part : parts) {
      for (auto& [name, value] : part.arguments) {
        if (value.starts_with(from + "/")) value.replace(0, from.size(), to);
      }
    }
  }
};

namespace playbill {

/// Texts in a row, each behind its size.
class Writer {
 public:
  void put(std::string_view text) {
    bytes_ += std::to_string(text.size()) + ' ';
    bytes_ += text;
  }
  void put(std::size_t number) { put(std::string_view(std::to_string(number))); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::string text() {
    std::size_t size = 0;
    while (at_ < bytes_.size() && bytes_[at_] != ' ') {
      size = size * 10 + static_cast<std::size_t>(bytes_[at_++] - '0');
    }
    const std::string_view found = bytes_.substr(at_ + 1, size);
    at_ += 1 + size;
    return std::string(found);
  }
  std::size_t number() { return std::stoul(text()); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace playbill

inline std::string encode(const Playbill& bill) {
  playbill::Writer out;
  out.put(bill.capacities.size());
  for (const int capacity : bill.capacities) out.put(static_cast<std::size_t>(capacity));
  out.put(bill.scratch.size());
  for (const std::string& directory : bill.scratch) out.put(directory);
  out.put(bill.parts.size());
  for (const Playbill::Part& part : bill.parts) {
    out.put(part.role);
    out.put(part.arguments.size());
    for (const auto& [key, value] : part.arguments) {
      out.put(key);
      out.put(value);
    }
    out.put(part.ends.size());
    for (const auto& [key, end] : part.ends) {
      out.put(key);
      out.put(end.pipe);
      out.put(std::size_t{end.writes ? 1U : 0U});
    }
    out.put(part.payload);
  }
  return out.bytes();
}

/// The judge is the only one who writes one: what `encode` did not make is not looked for.
inline Playbill decode(std::string_view bytes) {
  playbill::Reader in(bytes);
  Playbill bill;
  for (std::size_t n = in.number(); n > 0; --n) {
    bill.capacities.push_back(static_cast<int>(in.number()));
  }
  for (std::size_t n = in.number(); n > 0; --n) bill.scratch.push_back(in.text());
  for (std::size_t n = in.number(); n > 0; --n) {
    Playbill::Part part;
    part.role = in.text();
    for (std::size_t m = in.number(); m > 0; --m) {
      const std::string key = in.text();
      part.arguments[key] = in.text();
    }
    for (std::size_t m = in.number(); m > 0; --m) {
      const std::string key = in.text();
      const auto pipe = static_cast<std::uint32_t>(in.number());
      part.ends[key] = {pipe, in.number() != 0};
    }
    part.payload = in.text();
    bill.parts.push_back(std::move(part));
  }
  return bill;
}

}  // namespace subject
