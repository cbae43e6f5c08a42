// Lab 03, to play with: runs your code, so that there is something to see before you grade it.
//
//     demo                      parts A and C, and the requests of part B, one after the other
//     demo stream [BYTES]       part A: a request of that many bytes, and its answer
//     demo resp [WORD...]       part B: one request, taken apart and carried out
//     demo serve PORT           part B: the server, at 127.0.0.1, until Ctrl-C; try
//                               redis-cli -p PORT
//     demo pass                 part C: a pipe's end travels to another process
//     demo wait PORT            part D: waits for a caller, prints each record and sends it back
//     demo call HOST PORT       part D: calls it, from here or from another machine
//
// It checks little and is not graded: change it as you like. If it hangs, leave it hanging and look
// at it from another terminal; README.md, "Run and debug", says how.
#include <netinet/in.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"
#include "passing.h"
#include "remote.h"
#include "resp.h"
#include "server.h"
#include "stream.h"

namespace {

using ipc::UniqueFd;
using Arguments = std::vector<std::string>;

/// Runs `body` and says on the terminal what stopped it, if anything did.
/// @returns whether nothing did.
bool completes(const char* who, const std::function<void()>& body) {
  try {
    body();
    return true;
  } catch (const ipc::NotStarted& missing) {
    std::printf("  %s: %s is not written yet (%s:%d).\n", who, missing.function(), missing.file(),
                missing.line());
  } catch (const std::exception& error) {
    std::printf("  %s: stopped by an exception: %s\n", who, error.what());
  }
  return false;
}

/// Another process, and in the end the wait for it.
class Child {
 public:
  Child(const char* who, const std::function<void()>& body) {
    std::fflush(stdout);  // Or the child would print a second time what is still in the buffer.
    pid_ = ::fork();
    if (pid_ < 0) throw ipc::SystemError("fork");
    if (pid_ > 0) return;
    const bool ok = completes(who, body);
    std::fflush(stdout);
    ::_exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { ::waitpid(pid_, nullptr, 0); }

 private:
  pid_t pid_ = -1;
};

std::size_t number(const std::string& digits, std::size_t most) {
  if (digits.empty() || digits.size() > 10 ||
      digits.find_first_not_of("0123456789") != std::string::npos || std::stoull(digits) > most) {
    throw std::invalid_argument("\"" + digits + "\" is no number up to " + std::to_string(most));
  }
  return std::stoull(digits);
}

// ------------------------------------------------------------------------------------------ part A

void stream(const Arguments& arguments) {
  const std::size_t size = arguments.empty() ? 1'000'000 : number(arguments[0], 1'000'000'000);
  const std::vector<std::byte> request(size, std::byte{'?'});
  const std::string path =
      (std::filesystem::temp_directory_path() / ("ipclab-demo-" + std::to_string(::getpid())))
          .string();
  lab::Listener listener(path);
  std::printf("  listening at %s\n", path.c_str());
  const Child client("client", [&] {
    const UniqueFd socket = lab::connect_to(path);
    lab::send_all(socket.get(), request);
    lab::finish_sending(socket.get());
    std::printf("  client: sent %zu bytes, got an answer of %zu\n", request.size(),
                lab::receive_all(socket.get()).size());
  });
  const UniqueFd socket = listener.accept();
  std::array<std::byte, 100'000> piece;
  std::printf("  server: one receive_some with room for %zu bytes: %zu bytes\n", piece.size(),
              lab::receive_some(socket.get(), piece));
  std::printf("  server: receive_all: %zu more, then the end\n",
              lab::receive_all(socket.get()).size());
  lab::send_all(socket.get(), std::vector<std::byte>(42));
}

// ------------------------------------------------------------------------------------------ part B

std::string visible(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

void show(lab::Store& store, const Arguments& words) {
  std::string input = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    input += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  std::printf("  %s\n", visible(input).c_str());
  const auto request = lab::parse_request(input, lab::Limits{}.max_request);
  if (!request) {
    std::printf("    is not complete\n");
    return;
  }
  std::printf("    is %zu words in %zu bytes; the reply is %s\n", request->words.size(),
              request->size, visible(lab::execute(store, request->words)).c_str());
}

void resp(const Arguments& arguments) {
  lab::Store store;
  if (!arguments.empty()) return show(store, arguments);
  show(store, {"SET", "counter", "41"});
  show(store, {"INCR", "counter"});
  show(store, {"GET", "counter"});
  show(store, {"GET", "nothing"});
}

void serve(const Arguments& arguments) {
  if (arguments.size() != 1) throw std::invalid_argument("serve PORT");
  const auto port = static_cast<std::uint16_t>(number(arguments[0], 65'535));
  // Ctrl-C becomes something that poll(2) can wait for.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const UniqueFd stop(::signalfd(-1, &signals, SFD_CLOEXEC));
  if (!stop) throw ipc::SystemError("signalfd");
  const UniqueFd listener = lab::listen_on("127.0.0.1", port);
  std::printf("  listening at 127.0.0.1, port %u; Ctrl-C ends it\n", port);
  std::fflush(stdout);
  // redis takes requests of 512 MiB; these limits leave room for redis-benchmark.
  lab::serve(listener.get(), stop.get(), {.max_request = 1 << 20, .max_unsent = 1 << 20});
  std::printf("  stopped\n");
}

// ------------------------------------------------------------------------------------------ part C

void pass(const Arguments&) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw ipc::SystemError("socketpair");
  }
  UniqueFd ours(ends[0]), theirs(ends[1]);
  const Child receiver("receiver", [&] {
    ours.reset();
    while (const auto message = lab::receive_message(theirs.get(), 100, 1)) {
      std::printf("  receiver: \"%.*s\" came with %zu descriptors\n",
                  static_cast<int>(message->bytes.size()),
                  reinterpret_cast<const char*>(message->bytes.data()),
                  message->descriptors.size());
      std::array<char, 100> piece;
      for (const UniqueFd& fd : message->descriptors) {
        const ssize_t n = ::read(fd.get(), piece.data(), piece.size());
        std::printf("  receiver: read from descriptor %d: \"%.*s\"\n", fd.get(),
                    static_cast<int>(n), piece.data());
      }
    }
  });
  theirs.reset();
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) throw ipc::SystemError("pipe");
  const UniqueFd read_end(pipe_ends[0]), write_end(pipe_ends[1]);
  const std::string_view text = "out of a pipe that it has never opened", word = "take this";
  if (::write(write_end.get(), text.data(), text.size()) < 0) throw ipc::SystemError("write");
  lab::send_message(ours.get(), std::as_bytes(std::span(word)), std::span(&pipe_ends[0], 1));
  std::printf("  sender: sent descriptor %d\n", pipe_ends[0]);
  ours.reset();  // the end of the stream, before we wait for the receiver
}

// ------------------------------------------------------------------------------------------ part D

constexpr std::chrono::seconds limit{5};

void wait_for_caller(const Arguments& arguments) {
  if (arguments.size() != 1) throw std::invalid_argument("wait PORT");
  sockaddr_in address{};  // all of this machine's
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(number(arguments[0], 65'535)));
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), 1) != 0) {
    throw ipc::SystemError("bind, or listen");
  }
  std::printf("  waiting for a caller\n");
  std::fflush(stdout);
  const UniqueFd socket(::accept(listener.get(), nullptr, nullptr));
  if (!socket) throw ipc::SystemError("accept");
  lab::watch_peer(socket.get(), limit);
  while (const auto record = lab::receive_record(socket.get(), 100'000)) {
    std::printf("  received a record of %zu bytes\n", record->size());
    std::fflush(stdout);
    lab::send_record(socket.get(), *record);
  }
  std::printf("  the caller has finished\n");
}

// Sends each line that is typed as a record, and prints what comes back.
void call(const Arguments& arguments) {
  if (arguments.size() != 2) throw std::invalid_argument("call HOST PORT");
  const auto port = static_cast<std::uint16_t>(number(arguments[1], 65'535));
  const UniqueFd socket = lab::connect_to_host(arguments[0], port, limit);
  std::printf("  connected; type a line, or Ctrl-D to end\n");
  for (std::string line; std::getline(std::cin, line);) {
    lab::send_record(socket.get(), std::as_bytes(std::span(line)));
    const auto record = lab::receive_record(socket.get(), 100'000);
    if (!record) break;
    std::printf("  %.*s came back\n", static_cast<int>(record->size()),
                reinterpret_cast<const char*>(record->data()));
    std::fflush(stdout);
  }
}

// -------------------------------------------------------------------------------------------------

struct Part {
  const char* name;
  const char* heading;
  void (*run)(const Arguments&);
  bool by_itself;  ///< also when no part is named
};

constexpr std::array parts{
    Part{"stream", "Part A: a request and its answer", stream, true},
    Part{"resp", "Part B: what is said", resp, true},
    Part{"serve", "Part B: the server", serve, false},
    Part{"pass", "Part C: a descriptor travels", pass, true},
    Part{"wait", "Part D: a server for one caller", wait_for_caller, false},
    Part{"call", "Part D: a caller", call, false},
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argv + 1, argv + argc);
  bool found = false;
  bool ok = true;
  for (const Part& part : parts) {
    if (arguments.empty() ? !part.by_itself : arguments[0] != part.name) continue;
    found = true;
    std::printf("%s\n", part.heading);
    const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
    ok &= completes(part.name, [&] { part.run(rest); });
  }
  if (!found) {
    std::fputs(
        "usage: demo [stream [BYTES] | resp [WORD...] | serve PORT | pass | wait PORT |\n"
        "             call HOST PORT]\n",
        stderr);
    return 2;
  }
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
