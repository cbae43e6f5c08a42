#include "mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/ipc/system_error.h"

namespace lab {

static void check(const std::string& name) {
  if (name[0] != '/' || name[1] == '\0' || strchr(name.c_str() + 1, '/') != nullptr) {
    throw std::invalid_argument("not a name of a queue");
  }
}

static long limit(const char* path) {
  long value = -1;
  if (FILE* file = fopen(path, "r")) {
    if (fscanf(file, "%ld", &value) != 1) value = -1;
    fclose(file);
  }
  return value;
}

static timespec until(long long ms) {
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  const long long ns = t.tv_nsec + ms % 1000 * 1000000LL;
  t.tv_sec += ms / 1000 + ns / 1000000000;
  t.tv_nsec = static_cast<long>(ns % 1000000000);
  return t;
}

Mailbox Mailbox::create(const std::string& name, std::size_t max_messages, std::size_t max_size) {
  check(name);
  if (max_messages < 1 || max_size < 1) throw std::invalid_argument("a queue of nothing");
  struct mq_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.mq_maxmsg = static_cast<long>(max_messages);
  attr.mq_msgsize = static_cast<long>(max_size);
  const mqd_t q = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, S_IRUSR | S_IWUSR, &attr);
  if (q == -1) {
    const int error = errno;
    if (error == EINVAL) {
      if (attr.mq_maxmsg > limit("/proc/sys/fs/mqueue/msg_max")) throw LimitExceeded("msg_max");
      if (attr.mq_msgsize > limit("/proc/sys/fs/mqueue/msgsize_max")) {
        throw LimitExceeded("msgsize_max");
      }
    }
    throw ipc::SystemError("mq_open", error);
  }
  Mailbox box;
  box.queue_ = ipc::UniqueFd(q);
  box.max_messages_ = max_messages;
  box.max_size_ = max_size;
  return box;
}

Mailbox Mailbox::open(const std::string& name) {
  check(name);
  Mailbox box;
  box.queue_.reset(mq_open(name.c_str(), O_RDWR));
  struct mq_attr attr;
  if (box.queue_.get() == -1) throw ipc::SystemError("mq_open");
  if (mq_getattr(box.queue_.get(), &attr) == -1) throw ipc::SystemError("mq_getattr");
  box.max_messages_ = static_cast<std::size_t>(attr.mq_maxmsg);
  box.max_size_ = static_cast<std::size_t>(attr.mq_msgsize);
  return box;
}

Mailbox Mailbox::replace(const std::string& name, std::size_t max_messages, std::size_t max_size) {
  check(name);
  while (true) {
    if (mq_unlink(name.c_str()) == -1 && errno != ENOENT) throw ipc::SystemError("mq_unlink");
    try {
      return create(name, max_messages, max_size);
    } catch (const ipc::SystemError& e) {
      if (e.error() != EEXIST) throw;
    }
  }
}

bool Mailbox::remove(const std::string& name) {
  const int result = mq_unlink(name.c_str());
  if (result == -1 && errno != ENOENT) throw ipc::SystemError("mq_unlink");
  return result == 0;
}

std::size_t Mailbox::waiting() const {
  struct mq_attr attr;
  if (mq_getattr(queue_.get(), &attr) == -1) throw ipc::SystemError("mq_getattr");
  return static_cast<std::size_t>(attr.mq_curmsgs);
}

static int try_send(int q, std::span<const std::byte> bytes, unsigned priority,
                    const timespec* deadline) {
  const char* text = reinterpret_cast<const char*>(bytes.data());
  while (true) {
    const int result = deadline != nullptr ? mq_timedsend(q, text, bytes.size(), priority, deadline)
                                           : mq_send(q, text, bytes.size(), priority);
    if (result == 0) return 0;
    if (errno == EMSGSIZE) throw std::length_error("too long for this queue");
    if (errno == ETIMEDOUT) return ETIMEDOUT;
    if (errno != EINTR) throw ipc::SystemError("mq_send");
  }
}

void Mailbox::send(std::span<const std::byte> bytes, unsigned priority) {
  try_send(queue_.get(), bytes, priority, nullptr);
}

bool Mailbox::send_for(std::span<const std::byte> bytes, unsigned priority,
                       std::chrono::milliseconds patience) {
  const timespec deadline = until(patience.count());
  return try_send(queue_.get(), bytes, priority, &deadline) == 0;
}

static bool try_receive(int q, Message& message, std::size_t size, const timespec* deadline) {
  message.bytes.resize(size);
  char* text = reinterpret_cast<char*>(message.bytes.data());
  while (true) {
    const ssize_t n = deadline != nullptr
                          ? mq_timedreceive(q, text, size, &message.priority, deadline)
                          : mq_receive(q, text, size, &message.priority);
    if (n >= 0) {
      message.bytes.resize(static_cast<std::size_t>(n));
      return true;
    }
    if (errno == ETIMEDOUT) return false;
    if (errno != EINTR) throw ipc::SystemError("mq_receive");
  }
}

Message Mailbox::receive() {
  Message message;
  try_receive(queue_.get(), message, max_size_, nullptr);
  return message;
}

std::optional<Message> Mailbox::receive_for(std::chrono::milliseconds patience) {
  Message message;
  const timespec deadline = until(patience.count());
  if (!try_receive(queue_.get(), message, max_size_, &deadline)) return std::nullopt;
  return message;
}

}  // namespace lab
