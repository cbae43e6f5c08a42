#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "passing.h"
#include "server.h"
#include "stream.h"

using namespace judge;

/// What has to be right whoever is faster: here nobody but the processes themselves is at the other
/// end of a socket, and the engine decides who runs.

namespace {

[[maybe_unused]] sockaddr_un name_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

[[maybe_unused]] int listening(const std::string& path, int type) {
  const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  const sockaddr_un address = name_of(path);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -1;
  return ::listen(fd, 16) == 0 ? fd : -1;
}

[[maybe_unused]] int connected(const std::string& path, int type) {
  const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  const sockaddr_un address = name_of(path);
  (void)::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return fd;
}

// Everything until the end of the stream.
[[maybe_unused]] std::string rest_of(int fd) {
  std::string all;
  std::array<char, 256> piece;
  for (ssize_t n = 0; (n = ::read(fd, piece.data(), piece.size())) > 0;) {
    all.append(piece.data(), static_cast<std::size_t>(n));
  }
  return all;
}

// Waits for the other one to say so; false if it was killed before.
[[maybe_unused]] bool is_said(int fd) {
  char word = 0;
  return ::read(fd, &word, 1) == 1;
}

// Whoever was to hear it may have been killed.
[[maybe_unused]] void say_so(int fd, std::size_t times = 1) {
  auto* before = std::signal(SIGPIPE, SIG_IGN);
  (void)!::write(fd, "!!!!", times);
  std::signal(SIGPIPE, before);
}

}  // namespace

// Part A: a stream -------------------------------------------------------------------------------

ROLE(host) {
  lab::Listener listener(me.text("path"));
  say_so(me.fd("ready"));
  if (!is_said(me.fd("connected"))) return;
  const ipc::UniqueFd client = listener.accept();
  me.report("request", lab::receive_all(client.get()));
  try {
    lab::send_all(client.get(), me.payload());
  } catch (const ipc::SystemError&) {
    me.report("gone", "");
  }
}

ROLE(guest) {
  is_said(me.fd("ready"));
  const ipc::UniqueFd socket = lab::connect_to(me.text("path"));
  say_so(me.fd("connected"));
  lab::send_all(socket.get(), me.payload());
  lab::finish_sending(socket.get());
  me.report("finished", "");
  me.report("answer", lab::receive_all(socket.get()));
}

CHECK(Stream, EndsInEverySchedule, part('A'), synchronisation, points(2),
      "whenever the client is killed, what it has sent arrives, and the server goes on") {
  const std::string path = scratch() + "/" + random.word(8);
  const Bytes request = random.bytes(random.between(100, 200));
  const Bytes answer = random.bytes(random.between(100, 200));
  const auto scenario = [&] {
    Channel ready, connected_now;
    return Scenario()
        .about("Two directions, two ends")
        .with(Cast(host)
                  .payload(answer)
                  .give("path", path)
                  .give("ready", std::move(ready.write_end))
                  .give("connected", std::move(connected_now.read_end)))
        .with(Cast(guest)
                  .payload(request)
                  .give("path", path)
                  .give("ready", std::move(ready.read_end))
                  .give("connected", std::move(connected_now.write_end)));
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    const Bytes* came = run.of(host).reported("request");
    const bool finished = run.of(guest).reported("finished") != nullptr;
    if (came == nullptr) return finished ? "The server received nothing." : "";
    if (finished) {
      const std::string text = difference(request, *came);
      if (!text.empty()) return "The client had finished sending. At the server: " + text;
    } else if (came->size() > request.size() ||
               !std::equal(came->begin(), came->end(), request.begin())) {
      return "What the server received is not what the client had begun to send.";
    }
    const Bytes* got = run.of(guest).reported("answer");
    if (got == nullptr) return "";
    const std::string text = difference(answer, *got);
    return text.empty() ? "" : "Of the answer, at the client: " + text;
  };
  explore({.count = 150, .killed = guest}, scenario, wrong);
}

// Part B: a server -------------------------------------------------------------------------------

// Ends with the last client: each of them holds the write end of `stop`.
ROLE(counter_server) {
  const int listener = listening(me.text("path"), SOCK_STREAM);
  say_so(me.fd("ready"), 2);
  lab::serve(listener, me.fd("stop"), lab::Limits{});
  ::unlink(me.text("path").c_str());
}

// Two requests in one piece, and no more: the replies have to come all the same.
ROLE(first_client) {
  std::signal(SIGPIPE, SIG_IGN);
  is_said(me.fd("ready"));
  const int socket = connected(me.text("path"), SOCK_STREAM);
  std::string request;
  for (int i = 0; i < 2; ++i) {
    const std::string& key = me.text("key");
    request += "*2\r\n$4\r\nINCR\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";
  }
  (void)!::write(socket, request.data(), request.size());
  ::shutdown(socket, SHUT_WR);
  me.report("replies", rest_of(socket));
}

ROLE(second_client) { ipclab_body_first_client(me); }

namespace {

// The two numbers in ":1\r\n:2\r\n"; empty if it is something else.
std::vector<int> two_numbers(const std::string& replies) {
  std::vector<int> numbers;
  std::size_t at = 0;
  while (at < replies.size()) {
    const std::size_t end = replies.find("\r\n", at);
    if (replies[at] != ':' || end == std::string::npos) return {};
    numbers.push_back(std::atoi(replies.c_str() + at + 1));
    at = end + 2;
  }
  return numbers.size() == 2 ? numbers : std::vector<int>{};
}

}  // namespace

CHECK(Server, ServesBothInEverySchedule, part('B'), synchronisation, points(3),
      "whenever one client is killed, the other gets its replies, in order") {
  const std::string path = scratch() + "/" + random.word(8);
  const std::string key = random.word(5);
  const auto scenario = [&] {
    Channel ready, stop;
    const auto again = [](const ipc::UniqueFd& fd) { return ipc::UniqueFd(::dup(fd.get())); };
    const auto client = [&](Role role) {
      return Cast(role)
          .give("path", path)
          .give("key", key)
          .give("ready", again(ready.read_end))
          .give("stop", again(stop.write_end));
    };
    Scenario both = Scenario()
                        .about("One thread, many clients")
                        .with(Cast(counter_server)
                                  .give("path", path)
                                  .give("ready", std::move(ready.write_end))
                                  .give("stop", std::move(stop.read_end)));
    return std::move(both).with(client(first_client)).with(client(second_client));
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    std::vector<int> all;
    for (const Role role : {first_client, second_client}) {
      const Bytes* replies = run.of(role).reported("replies");
      if (replies == nullptr) continue;  // it was killed
      const std::vector<int> numbers = two_numbers(to_text(*replies));
      if (numbers.empty()) {
        return "A client sent INCR twice, and shut down its sending side. It got " +
               std::to_string(replies->size()) + " bytes, which are not two replies.";
      }
      if (numbers[0] >= numbers[1] || numbers[0] < 1 || numbers[1] > 4) {
        return "A client sent INCR twice and got " + std::to_string(numbers[0]) + " and then " +
               std::to_string(numbers[1]) + ".";
      }
      all.insert(all.end(), numbers.begin(), numbers.end());
    }
    std::sort(all.begin(), all.end());
    if (all.size() == 4 && all != std::vector<int>{1, 2, 3, 4}) {
      return "Two clients sent INCR twice each, and the four replies are not 1, 2, 3 and 4.";
    }
    return "";
  };
  explore({.count = 150, .killed = second_client}, scenario, wrong);
}

// Part C: descriptors ----------------------------------------------------------------------------

// Takes two messages, and reads what comes through the descriptor that came with each.
ROLE(taker) {
  const int listener = listening(me.text("path"), SOCK_SEQPACKET);
  say_so(me.fd("ready"));
  const bool comes = is_said(me.fd("connected"));
  const ipc::UniqueFd socket(comes ? ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC) : -1);
  while (socket) {
    const auto message = lab::receive_message(socket.get(), 100, 1);
    if (!message) break;
    me.report("message", message->bytes);
    if (message->descriptors.size() == 1) {
      me.report("through", rest_of(message->descriptors[0].get()));
    }
  }
  ::close(listener);
  ::unlink(me.text("path").c_str());
}

// Sends the read end of a pipe, and closes its own copy before it writes.
ROLE(giver) {
  std::signal(SIGPIPE, SIG_IGN);
  is_said(me.fd("ready"));
  const ipc::UniqueFd socket(connected(me.text("path"), SOCK_SEQPACKET));
  say_so(me.fd("connected"));
  const auto half = me.payload().size() / 2;
  for (std::size_t i = 0; i < 2; ++i) {
    int ends[2];
    if (::pipe(ends) != 0) throw ipc::SystemError("pipe");
    ipc::UniqueFd read_end(ends[0]);
    const ipc::UniqueFd write_end(ends[1]);
    lab::send_message(socket.get(), std::as_bytes(std::span(me.text("word"))),
                      std::span(&ends[0], 1));
    read_end.reset();
    (void)!::write(write_end.get(), me.payload().data() + i * half, half);
    me.report("given", "");
  }
}

CHECK(Passing, ArrivesInEverySchedule, part('C'), synchronisation, points(2),
      "whenever the sender is killed, descriptors that were sent are there, and work") {
  const std::string path = scratch() + "/" + random.word(8);
  const std::string word = random.word(random.between(1, 90));
  const Bytes payload = random.bytes(2 * random.between(50, 90));
  const auto scenario = [&] {
    Channel ready, connected_now;
    return Scenario()
        .about("Descriptors travel")
        .with(Cast(taker)
                  .give("path", path)
                  .give("ready", std::move(ready.write_end))
                  .give("connected", std::move(connected_now.read_end)))
        .with(Cast(giver)
                  .payload(payload)
                  .give("path", path)
                  .give("word", word)
                  .give("ready", std::move(ready.read_end))
                  .give("connected", std::move(connected_now.write_end)));
  };
  const auto wrong = [&](const RunResult& run) -> std::string {
    const auto messages = run.of(taker).all("message");
    const auto through = run.of(taker).all("through");
    const std::size_t given = run.of(giver).all("given").size();
    for (const std::string& message : messages) {
      if (message != word) return "A message arrived that is not the one that was sent.";
    }
    if (messages.size() != through.size() || messages.size() > 2) {
      return std::to_string(messages.size()) + " messages arrived with a descriptor each, and " +
             std::to_string(through.size()) + " descriptors could be read from.";
    }
    if (messages.size() < given) {
      return std::to_string(given) + " messages were sent, and only " +
             std::to_string(messages.size()) + " arrived.";
    }
    const std::size_t half = payload.size() / 2;
    for (std::size_t i = 0; i < given; ++i) {
      const std::string text =
          difference(std::span(payload).subspan(i * half, half), as_bytes(through[i]));
      if (!text.empty()) return "Through descriptor " + std::to_string(i + 1) + " came: " + text;
    }
    return "";
  };
  explore({.count = 150, .killed = giver}, scenario, wrong);
}
