// Lab 02, to play with: runs your code, so that there is something to see before you grade it.
//
//     demo                       all of it, one after the other
//     demo mailbox               part A: messages with priorities, and a deadline
//     demo send NAME TEXT [PRIO] part A, in two terminals: sends into the queue NAME, such as
//     /chat, demo receive NAME          and receives from it for ten seconds; makes it if there is
//     none demo remove NAME           removes it demo board [JOBS] [WORKERS]  parts B and C: posts
//     jobs, workers turn words round, then close demo crash                 part C: one of two
//     workers dies with a job in its hands
//
// It checks little and is not graded: change it as you like. If it hangs, leave it hanging and look
// at it from another terminal; README.md, "Run and debug", says how.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "board.h"
#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"
#include "mailbox.h"

namespace {

using std::chrono::milliseconds;
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
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    // If an exception ends us, nobody will tell it to leave.
    if (std::uncaught_exceptions() > 0) ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t number(const Arguments& arguments, std::size_t at, std::size_t otherwise) {
  if (arguments.size() <= at) return otherwise;
  if (arguments[at].empty() || arguments[at].find_first_not_of("0123456789") != std::string::npos) {
    throw std::invalid_argument("\"" + arguments[at] + "\" is not a number");
  }
  return std::stoul(arguments[at]);
}

// ------------------------------------------------------------------------------------------ part A

void mailbox(const Arguments&) {
  auto box = lab::Mailbox::replace("/demo", 4, 64);
  for (const auto& [word, priority] :
       {std::pair{"news", 1U}, {"more news", 1U}, {"fire", 9U}, {"weather", 0U}}) {
    box.send(bytes(word), priority);
    std::printf("  sent \"%s\" with priority %u\n", word, priority);
  }
  std::printf("  %zu of %zu messages wait; one more with a patience of 50 ms: %s\n", box.waiting(),
              box.max_messages(), box.send_for(bytes("late"), 5, milliseconds{50}) ? "sent" : "no");
  while (const auto message = box.receive_for(milliseconds{50})) {
    std::printf("  received \"%s\" (%u)\n", text(message->bytes).c_str(), message->priority);
  }
  lab::Mailbox::remove("/demo");
}

lab::Mailbox open_or_create(const std::string& name) {
  try {
    return lab::Mailbox::create(name, 8, 256);
  } catch (const ipc::SystemError& error) {
    if (error.error() != EEXIST) throw;
    return lab::Mailbox::open(name);
  }
}

void send(const Arguments& arguments) {
  if (arguments.size() < 2) throw std::invalid_argument("send NAME TEXT [PRIORITY]");
  open_or_create(arguments[0])
      .send(bytes(arguments[1]), static_cast<unsigned>(number(arguments, 2, 0)));
}

void receive(const Arguments& arguments) {
  if (arguments.empty()) throw std::invalid_argument("receive NAME");
  auto box = open_or_create(arguments[0]);
  while (const auto message = box.receive_for(std::chrono::seconds{10})) {
    std::printf("  \"%s\" (%u)\n", text(message->bytes).c_str(), message->priority);
    std::fflush(stdout);
  }
}

void remove(const Arguments& arguments) {
  if (arguments.empty()) throw std::invalid_argument("remove NAME");
  std::printf("  %s\n", lab::Mailbox::remove(arguments[0]) ? "removed" : "there was none");
}

// ----------------------------------------------------------------------------------- parts B and C

std::vector<std::byte> turned_round(const lab::Job& job) {
  std::vector<std::byte> result(job.payload.rbegin(), job.payload.rend());
  std::printf("    process %d does job %llu, \"%s\" (priority %u)\n", ::getpid(),
              static_cast<unsigned long long>(job.id), text(job.payload).c_str(), job.priority);
  return result;
}

void print(const lab::Reply& reply) {
  std::printf("  reply to job %llu: \"%s\"%s\n", static_cast<unsigned long long>(reply.id),
              text(reply.payload).c_str(), reply.failed ? ", it has failed" : "");
}

const std::string board_name = "/demo";

void board(const Arguments& arguments) {
  const std::size_t jobs = number(arguments, 0, 6), workers = number(arguments, 1, 2);
  std::vector<Child> children;
  lab::JobBoard board(board_name, {.capacity = 8, .workers = std::min<std::size_t>(workers, 8)});
  for (std::size_t i = 0; i < std::min<std::size_t>(workers, 8); ++i) {
    children.emplace_back("worker", [] { lab::work(board_name, turned_round); });
  }
  for (std::size_t i = 0; i < jobs; ++i) {
    board.post(0, bytes("job number " + std::to_string(i + 1)), static_cast<unsigned>(i % 3));
  }
  for (const lab::Reply& reply : board.close()) print(reply);
}

void crash(const Arguments&) {
  std::vector<Child> children;
  lab::JobBoard board(board_name, {.capacity = 4, .workers = 2, .lease = milliseconds{300}});
  const auto dies = [](const lab::Job& job) -> std::vector<std::byte> {
    std::printf("    process %d has taken job %llu, and is killed\n", ::getpid(),
                static_cast<unsigned long long>(job.id));
    std::fflush(stdout);
    ::raise(SIGKILL);
    return {};
  };
  const auto first = board.post(0, bytes("a job for two"), 5);
  {
    // It takes the job, and is gone.
    const Child unlucky("worker", [&] { lab::work(board_name, dies); });
  }
  children.emplace_back("worker", [] { lab::work(board_name, turned_round); });
  print(board.wait_for(first));
  for (const lab::Reply& reply : board.close()) print(reply);
}

}  // namespace

int main(int argc, char** argv) {
  struct Part {
    const char* name;
    void (*run)(const Arguments&);
    bool by_itself;
  };
  const std::vector<Part> parts{{"mailbox", mailbox, true},  {"send", send, false},
                                {"receive", receive, false}, {"remove", remove, false},
                                {"board", board, true},      {"crash", crash, true}};
  const std::string wanted = argc > 1 ? argv[1] : "";
  const Arguments arguments(argv + std::min(argc, 2), argv + argc);
  bool ok = true, known = false;
  for (const Part& part : parts) {
    if (wanted.empty() ? !part.by_itself : wanted != part.name) continue;
    known = true;
    std::printf("%s\n", part.name);
    ok = completes(part.name, [&] { part.run(arguments); }) && ok;
  }
  if (!known)
    std::fprintf(stderr, "There is no part \"%s\"; demo.cpp says at its top what there is.\n",
                 wanted.c_str());
  return ok && known ? EXIT_SUCCESS : EXIT_FAILURE;
}
