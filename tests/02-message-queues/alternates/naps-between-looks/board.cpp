#include "board.h"

#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "common/ipc/system_error.h"
#include "mailbox.h"

namespace lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

/// A message is a line of text, "job 12 3", and behind it the payload.
std::vector<std::byte> line(const std::string& words, std::span<const std::byte> payload = {}) {
  std::string text = words + "\n";
  const auto bytes = std::as_bytes(std::span(text));
  std::vector<std::byte> all(bytes.begin(), bytes.end());
  all.insert(all.end(), payload.begin(), payload.end());
  return all;
}

constexpr std::size_t longest_line = 48;

struct Letter {
  std::string word;
  JobId id = 0;
  std::uint32_t type = 0;
  std::vector<std::byte> payload;
};

Letter read(const std::vector<std::byte>& bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t end = all.find('\n');
  if (end == std::string_view::npos) throw std::runtime_error("not a letter of ours");
  std::string words(all.substr(0, end));
  Letter letter;
  std::array<char, 16> word{};
  unsigned long long id = 0;
  unsigned type = 0;
  std::sscanf(words.c_str(), "%15s %llu %u", word.data(), &id, &type);
  letter.word = word.data();
  letter.id = id;
  letter.type = type;
  letter.payload.assign(bytes.begin() + static_cast<std::ptrdiff_t>(end) + 1, bytes.end());
  return letter;
}

}  // namespace

struct JobBoard::State {
  struct Record {
    std::vector<std::byte> letter;
    unsigned priority = 0;
    system_clock::time_point until;
    std::size_t came = 0;  // 0: not yet
    bool returned = false;
    Reply reply;
  };
  std::string name;
  BoardOptions options;
  Mailbox jobs, replies;
  std::map<JobId, Record> records;
  std::size_t unanswered = 0, arrivals = 0;

  /// Takes a reply if one comes within `patience`, or before a lease ends.
  void look(milliseconds patience) {
    for (auto& [id, record] : records) {
      if (record.came > 0) continue;
      const auto left = std::chrono::ceil<milliseconds>(record.until - system_clock::now());
      patience = std::min(patience, std::max(left, milliseconds{0}));
    }
    const auto until = system_clock::now() + patience;
    auto message = replies.receive_for(milliseconds{0});
    while (!message && system_clock::now() < until) {
      std::this_thread::sleep_for(milliseconds{5});
      message = replies.receive_for(milliseconds{0});
    }
    if (message) {
      Letter letter = read(message->bytes);
      const auto at = records.find(letter.id);
      if (at == records.end() || at->second.came > 0) return;
      at->second.came = ++arrivals;
      at->second.reply = {letter.id, letter.word == "failed", std::move(letter.payload)};
      --unanswered;
      return;
    }
    for (auto& [id, record] : records) {
      if (record.came > 0 || record.until > system_clock::now()) continue;
      if (jobs.send_for(record.letter, record.priority, milliseconds{0})) {
        record.until = system_clock::now() + options.lease;
      } else {
        record.until = system_clock::now() + std::max(options.lease / 4, milliseconds{1});
      }
    }
  }
};

JobBoard::JobBoard(const std::string& name, const BoardOptions& options) {
  Mailbox::remove(name + "-replies");
  Mailbox jobs =
      Mailbox::replace(name + "-jobs", options.capacity, longest_line + options.max_payload);
  try {
    state_ = std::make_unique<State>(State{
        name,
        options,
        std::move(jobs),
        Mailbox::create(name + "-replies", options.capacity, longest_line + options.max_payload),
        {}});
  } catch (...) {
    Mailbox::remove(name + "-jobs");
    throw;
  }
}

JobBoard::~JobBoard() = default;

JobId JobBoard::post(std::uint32_t type, std::span<const std::byte> payload, unsigned priority) {
  if (payload.size() > state_->options.max_payload) throw std::length_error("the payload");
  const JobId id = 1000 + state_->records.size();
  State::Record record;
  record.priority = priority;
  record.letter = line("job " + std::to_string(id) + " " + std::to_string(type), payload);
  while (!state_->jobs.send_for(record.letter, priority, milliseconds{0})) {
    state_->look(milliseconds{5});
  }
  record.until = system_clock::now() + state_->options.lease;
  state_->records.emplace(id, std::move(record));
  ++state_->unanswered;
  return id;
}

Reply JobBoard::next_reply() {
  for (;;) {
    State::Record* oldest = nullptr;
    for (auto& [id, record] : state_->records) {
      if (record.came == 0 || record.returned) continue;
      if (oldest == nullptr || record.came < oldest->came) oldest = &record;
    }
    if (oldest != nullptr) {
      oldest->returned = true;
      return std::move(oldest->reply);
    }
    if (state_->unanswered == 0) throw std::logic_error("every reply has been returned");
    state_->look(std::chrono::hours{1});
  }
}

Reply JobBoard::wait_for(JobId id) {
  const auto at = state_->records.find(id);
  if (at == state_->records.end() || at->second.returned) throw std::invalid_argument("the id");
  while (at->second.came == 0) state_->look(std::chrono::hours{1});
  at->second.returned = true;
  return std::move(at->second.reply);
}

std::vector<Reply> JobBoard::close() {
  while (state_->unanswered > 0) state_->look(std::chrono::hours{1});
  Mailbox& jobs = state_->jobs;
  while (jobs.waiting() > 0) jobs.receive_for(milliseconds{0});
  for (std::size_t i = 0; i < state_->options.workers; ++i) jobs.send(line("leave 0 0"));
  while (state_->replies.waiting() > 0) state_->replies.receive_for(milliseconds{0});
  Mailbox::remove(state_->name + "-jobs");
  Mailbox::remove(state_->name + "-replies");
  std::map<std::size_t, Reply> rest;
  for (auto& [id, record] : state_->records) {
    if (!record.returned) rest.emplace(record.came, std::move(record.reply));
    record.returned = true;
  }
  std::vector<Reply> list;
  for (auto& [came, reply] : rest) list.push_back(std::move(reply));
  return list;
}

std::size_t work(const std::string& name, const Handler& handler, std::size_t most) {
  Mailbox jobs = Mailbox::open(name + "-jobs");
  Mailbox replies = Mailbox::open(name + "-replies");
  const std::size_t room = replies.max_size() - longest_line;
  std::size_t done = 0;
  while (done != most) {
    const Message message = jobs.receive();
    const Letter letter = read(message.bytes);
    if (letter.word == "leave") return done;
    const std::string id = std::to_string(letter.id);
    std::string complaint = "the reply is too long";
    try {
      const auto result = handler({letter.id, letter.type, message.priority, letter.payload});
      if (result.size() <= room) {
        replies.send(line("done " + id, result));
        ++done;
        continue;
      }
    } catch (const ipc::SystemError&) {
      throw;
    } catch (const std::exception& error) {
      complaint = error.what();
    }
    replies.send(line("failed " + id,
                      std::as_bytes(std::span(complaint)).first(std::min(room, complaint.size()))));
    ++done;
  }
  return done;
}

}  // namespace lab
