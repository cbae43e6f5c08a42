#include "mailbox.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>

#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"

namespace lab {

// Look at the arguments, then mq_open(3) with the right flags, and keep the descriptor in queue_.
// README.md, part A: "A queue and its name" and "Limits".
Mailbox Mailbox::create([[maybe_unused]] const std::string& name,
                        [[maybe_unused]] std::size_t max_messages,
                        [[maybe_unused]] std::size_t max_size) {
  ipc::not_started();  // Delete this line when you begin.
}

// Who opens a queue has not chosen its limits: ask for them.
// README.md, part A: "A queue and its name".
Mailbox Mailbox::open([[maybe_unused]] const std::string& name) { ipc::not_started(); }

// README.md, part A: "A queue that a crash has left".
Mailbox Mailbox::replace([[maybe_unused]] const std::string& name,
                         [[maybe_unused]] std::size_t max_messages,
                         [[maybe_unused]] std::size_t max_size) {
  ipc::not_started();
}

// README.md, part A: "A queue and its name".
bool Mailbox::remove([[maybe_unused]] const std::string& name) { ipc::not_started(); }

// mq_getattr(3) knows.
std::size_t Mailbox::waiting() const { ipc::not_started(); }

// README.md, part A: "Messages" and "Interrupted calls".
void Mailbox::send([[maybe_unused]] std::span<const std::byte> bytes,
                   [[maybe_unused]] unsigned priority) {
  ipc::not_started();
}

// README.md, part A: "Deadlines".
bool Mailbox::send_for([[maybe_unused]] std::span<const std::byte> bytes,
                       [[maybe_unused]] unsigned priority,
                       [[maybe_unused]] std::chrono::milliseconds patience) {
  ipc::not_started();
}

// How large does the buffer have to be? README.md, part A: "Messages".
Message Mailbox::receive() { ipc::not_started(); }

// README.md, part A: "Deadlines".
std::optional<Message> Mailbox::receive_for([[maybe_unused]] std::chrono::milliseconds patience) {
  ipc::not_started();
}

}  // namespace lab
