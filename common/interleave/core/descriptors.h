#pragma once

#include <cstdint>

/// Which object a descriptor stands for, in every process that has it.
namespace interleave {

/// How the object behind a descriptor of signalfd(2) is called.
inline constexpr char signals_descriptor[] = "a descriptor of signals";

/// What the kernel tells apart by inode: pipes, FIFOs, sockets, files. The others, such as
/// eventfds, share one inode, and are told apart by who made them (`made_descriptor`).
std::uint32_t object_of_descriptor(int fd);

/// What the POSIX message queue behind a descriptor is called, "/jobs"; "" if there is none.
class QueueName {
 public:
  explicit QueueName(int fd);
  [[nodiscard]] const char* text() const { return text_; }

 private:
  char text_[280] = {};
};

/// A descriptor of a kind that has no inode of its own was made.
void made_descriptor(int fd);
void copied_descriptor(int from, int to);
void closed_descriptor(int fd);

/// The number that such a descriptor was given; 0: it has an inode.
std::uint32_t number_of(int fd);
/// A descriptor of this process with that number; -1: it has none.
int descriptor_with(std::uint32_t number);

/// One object for all sockets: what is sent at one end arrives at another, and the kernel does not
/// say at which. That takes more for ordered than is: it can hide a race, and never makes one up.
std::uint32_t connections();

/// What is known at the end of a stream, besides what came with its bytes: all that those did who
/// had it open for writing, until they closed it. @param pipe  its object
std::uint32_t end_of_stream(std::uint32_t pipe);

/// This process ends: its ends of pipes and sockets are closed, and who sees the end of what it has
/// written comes after all that it has done.
void release_descriptors();

/// Whether read(2) and write(2) on it can block.
bool can_block(int fd);
/// Whether it is an end of a pipe, or of a FIFO.
bool is_pipe(int fd);
bool is_for_writing(int fd);
/// Whether O_NONBLOCK is set.
bool is_nonblocking(int fd);
/// Whether poll(2) has any of `events` for it right now, or an end or an error.
bool is_ready(int fd, short events);

/// Something has changed about it: whoever waits for it tries again.
void changed_descriptor(int fd, std::uint32_t object);

}  // namespace interleave
