// Lab 04, to play with: runs your code, so that there is something to see before you grade it.
//
//     demo                    all four parts, one after the other
//     demo region             part A: a parent and its child, by a name
//     demo ring               part B: frames from one process to another
//     demo channel [BYTES]    part C: messages of that many bytes
//     demo bulletin           part D: one writer, three readers
//
// It checks little and is not graded: change it as you like. What it leaves behind after a crash
// lies in /dev/shm: `rm /dev/shm/ipclab-demo*`.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "bulletin.h"
#include "channel.h"
#include "common/ipc/not_started.h"
#include "ring.h"
#include "shared_region.h"

namespace {

const std::string name = "/ipclab-demo-" + std::to_string(::getpid());

/// Runs `body` and says what stopped it, if anything did.
void attempt(const char* part, const std::function<void()>& body) {
  std::printf("%s\n", part);
  std::fflush(stdout);
  try {
    body();
  } catch (const ipc::NotStarted& missing) {
    std::printf("  %s is not written yet (%s:%d).\n", missing.function(), missing.file(),
                missing.line());
  } catch (const std::exception& error) {
    std::printf("  stopped by an exception: %s\n", error.what());
  }
}

/// Runs `body` in another process.
void in_a_child(const std::function<void()>& body) {
  if (::fork() != 0) return;
  attempt("  (another process)", body);
  std::fflush(stdout);
  ::_exit(0);
}

void wait_for_children() {
  while (::wait(nullptr) > 0) {
  }
}

void region() {
  lab::SharedRegion mine = lab::SharedRegion::create(name, 4096);
  std::strcpy(reinterpret_cast<char*>(mine.bytes().data()), "written by the parent");
  in_a_child([] {
    const lab::SharedRegion theirs = lab::SharedRegion::open(name);
    std::printf("    at %p: %s\n", static_cast<void*>(theirs.bytes().data()),
                reinterpret_cast<const char*>(theirs.bytes().data()));
  });
  wait_for_children();
  std::printf("  at %p: %s\n", static_cast<void*>(mine.bytes().data()),
              reinterpret_cast<const char*>(mine.bytes().data()));
}

void ring() {
  constexpr int count = 200'000;
  lab::SharedRegion memory = lab::SharedRegion::create(name, 1 << 16);
  lab::Ring producer = lab::Ring::create(memory.bytes());
  in_a_child([] {
    lab::SharedRegion theirs = lab::SharedRegion::open(name);
    lab::Ring consumer = lab::Ring::open(theirs.bytes());
    long sum = 0;
    for (int i = 0; i < count;) {
      const auto frame = consumer.borrow();
      if (!frame) {
        ::sched_yield();
        continue;
      }
      int number = 0;
      std::memcpy(&number, frame->data(), sizeof number);
      sum += number;
      consumer.release();
      ++i;
    }
    std::printf("    the sum of %d numbers is %ld\n", count, sum);
  });
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count;) {
    const auto room = producer.loan(64);
    if (!room) {
      ::sched_yield();
      continue;
    }
    std::memcpy(room->data(), &i, sizeof i);
    producer.publish();
    ++i;
  }
  wait_for_children();
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;
  std::printf("  %.2f microseconds for each\n", time.count() / count);
}

void channel(std::size_t size) {
  lab::SharedRegion memory = lab::SharedRegion::create(name, 1 << 16);
  lab::Channel sender = lab::Channel::create(memory.bytes());
  in_a_child([] {
    lab::SharedRegion theirs = lab::SharedRegion::open(name);
    lab::Channel receiver = lab::Channel::open(theirs.bytes());
    std::vector<std::byte> message;
    std::size_t count = 0, bytes = 0;
    for (; receiver.receive(message); ++count) bytes += message.size();
    std::printf("    %zu messages, %zu bytes\n", count, bytes);
  });
  const std::vector<std::byte> message(size);
  for (int i = 0; i < 100; ++i) sender.send(message);
  sender.close();
  wait_for_children();
}

void bulletin() {
  const std::string path = "/tmp" + name;
  lab::BulletinWriter writer(path, 8);
  for (int i = 0; i < 3; ++i) {
    in_a_child([path] {
      const lab::BulletinReader reader(path);
      std::uint64_t state = 0, looks = 0, count = 0;
      for (; count < 1000; ++looks) {
        count = reader.look(std::as_writable_bytes(std::span(&state, 1)));
      }
      std::printf("    looked %lu times, and last saw %lu\n", looks, state);
    });
  }
  for (std::uint64_t state = 1; state <= 1000; ++state) {
    writer.put_up(std::as_bytes(std::span(&state, 1)));
    ::sched_yield();
  }
  wait_for_children();
  ::unlink(path.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string part = argc > 1 ? argv[1] : "";
  const std::size_t size = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
  bool any = false;
  const auto play = [&](const char* word, const char* title, const std::function<void()>& body) {
    if (!part.empty() && part != word) return;
    any = true;
    attempt(title, body);
  };
  play("region", "Part A, SharedRegion:", region);
  play("ring", "Part B, Ring:", ring);
  play("channel", "Part C, Channel:", [&] { channel(size); });
  play("bulletin", "Part D, Bulletin:", bulletin);
  if (any) return 0;
  std::fprintf(stderr, "demo: there are region, ring, channel and bulletin\n");
  return 2;
}
