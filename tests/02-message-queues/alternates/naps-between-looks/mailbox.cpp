#include "mailbox.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>
#include <fstream>

#include "common/ipc/system_error.h"

namespace lab {
namespace {

void expect_name(const std::string& name) {
  // Other systems do other things with a name of another form; Linux answers "jobs" with EINVAL and
  // "/a/b" with EACCES, which says little to whoever has forgotten a slash.
  if (name.size() < 2 || name.size() > 201 || name.front() != '/' ||
      name.find('/', 1) != std::string::npos) {
    throw std::invalid_argument(
        "the name of a queue is a slash and then some characters, none of "
        "them a slash: \"" +
        name + "\" is not");
  }
}

/// Whether `wanted` is more than the file in /proc/sys/fs/mqueue says.
bool exceeds(const char* limit, std::size_t wanted) {
  std::ifstream file(std::string("/proc/sys/fs/mqueue/") + limit);
  std::size_t allowed = 0;
  return file >> allowed && wanted > allowed;
}

/// The moment, by the clock that mq_timedsend(3) and mq_timedreceive(3) look at, when `patience`
/// will be over. It is taken once: a call that is made again after a signal still ends then.
timespec deadline_after(std::chrono::milliseconds patience) {
  constexpr long second = 1'000'000'000;
  timespec moment{};
  // The beginning of 1970 is over in any case. The kernel needs no timer to know that, but it sets
  // one for any other moment that has passed, and goes to sleep until it rings.
  if (patience.count() == 0) return moment;
  ::clock_gettime(CLOCK_REALTIME, &moment);
  moment.tv_sec += patience.count() / 1000;
  moment.tv_nsec += patience.count() % 1000 * 1'000'000;
  if (moment.tv_nsec >= second) {  // With a whole second here, the call fails with EINVAL.
    moment.tv_nsec -= second;
    ++moment.tv_sec;
  }
  return moment;
}

/// Makes `call` until no signal interrupts it.
template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

mq_attr attributes_of(mqd_t queue) {
  mq_attr attributes{};
  if (::mq_getattr(queue, &attributes) < 0) throw ipc::SystemError("mq_getattr");
  return attributes;
}

}  // namespace

Mailbox Mailbox::create(const std::string& name, std::size_t max_messages, std::size_t max_size) {
  expect_name(name);
  if (max_messages == 0 || max_size == 0) {
    throw std::invalid_argument("a queue has room for one message of one byte at least");
  }
  mq_attr attributes{};
  attributes.mq_maxmsg = static_cast<long>(max_messages);
  attributes.mq_msgsize = static_cast<long>(max_size);

  // O_EXCL: either the queue is ours and new, or we are told. Without it we would be handed
  // whatever is there, with the limits of whoever made it.
  Mailbox mailbox;
  mailbox.queue_.reset(::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes));
  if (!mailbox.queue_) {
    const int error = errno;  // Reading a file may change it.
    // Asked afterwards, and only to explain: what is allowed is for the kernel to say, and a
    // privileged process is allowed more.
    if (error == EINVAL && exceeds("msg_max", max_messages)) throw LimitExceeded("msg_max");
    if (error == EINVAL && exceeds("msgsize_max", max_size)) throw LimitExceeded("msgsize_max");
    throw ipc::SystemError("mq_open", error);
  }
  mailbox.max_messages_ = max_messages;
  mailbox.max_size_ = max_size;
  return mailbox;
}

Mailbox Mailbox::open(const std::string& name) {
  expect_name(name);
  Mailbox mailbox;
  mailbox.queue_.reset(::mq_open(name.c_str(), O_RDWR));
  if (!mailbox.queue_) throw ipc::SystemError("mq_open");
  // Somebody else has chosen them, and a buffer that is too small for mq_msgsize receives nothing.
  const mq_attr attributes = attributes_of(mailbox.queue_.get());
  mailbox.max_messages_ = static_cast<std::size_t>(attributes.mq_maxmsg);
  mailbox.max_size_ = static_cast<std::size_t>(attributes.mq_msgsize);
  return mailbox;
}

Mailbox Mailbox::replace(const std::string& name, std::size_t max_messages, std::size_t max_size) {
  expect_name(name);
  for (;;) {
    remove(name);
    // To empty the old queue would not do: it has the old limits, and whoever still has it open
    // would go on sending into it.
    try {
      return create(name, max_messages, max_size);
    } catch (const ipc::SystemError& error) {
      if (error.error() != EEXIST) throw;  // EEXIST: somebody was quicker. Once more.
    }
  }
}

bool Mailbox::remove(const std::string& name) {
  if (::mq_unlink(name.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  throw ipc::SystemError("mq_unlink");
}

std::size_t Mailbox::waiting() const {
  return static_cast<std::size_t>(attributes_of(queue_.get()).mq_curmsgs);
}

void Mailbox::send(std::span<const std::byte> bytes, unsigned priority) {
  if (bytes.size() > max_size_) throw std::length_error("a message longer than the queue takes");
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  if (retried([&] { return ::mq_send(queue_.get(), text, bytes.size(), priority); }) < 0) {
    throw ipc::SystemError("mq_send");
  }
}

bool Mailbox::send_for(std::span<const std::byte> bytes, unsigned priority,
                       std::chrono::milliseconds patience) {
  if (bytes.size() > max_size_) throw std::length_error("a message longer than the queue takes");
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const timespec deadline = deadline_after(patience);
  const int result = retried(
      [&] { return ::mq_timedsend(queue_.get(), text, bytes.size(), priority, &deadline); });
  if (result == 0) return true;
  if (errno == ETIMEDOUT) return false;
  throw ipc::SystemError("mq_timedsend");
}

Message Mailbox::receive() {
  Message message;
  message.bytes.resize(max_size_);  // For any message that may come, not for the one expected.
  auto* buffer = reinterpret_cast<char*>(message.bytes.data());
  const ssize_t size =
      retried([&] { return ::mq_receive(queue_.get(), buffer, max_size_, &message.priority); });
  if (size < 0) throw ipc::SystemError("mq_receive");
  message.bytes.resize(static_cast<std::size_t>(size));
  return message;
}

std::optional<Message> Mailbox::receive_for(std::chrono::milliseconds patience) {
  Message message;
  message.bytes.resize(max_size_);
  auto* buffer = reinterpret_cast<char*>(message.bytes.data());
  const timespec deadline = deadline_after(patience);
  const ssize_t size = retried([&] {
    return ::mq_timedreceive(queue_.get(), buffer, max_size_, &message.priority, &deadline);
  });
  if (size >= 0) {
    message.bytes.resize(static_cast<std::size_t>(size));
    return message;
  }
  if (errno == ETIMEDOUT) return std::nullopt;
  throw ipc::SystemError("mq_timedreceive");
}

}  // namespace lab
