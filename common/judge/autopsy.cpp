#include "common/judge/autopsy.h"

#include <algorithm>
#include <map>

namespace judge {

namespace {

// "`wc`", or "`wc` (process 2 of 3)" where several have the same name. They are counted in the
// order in which they were started: a pid would be another one each time.
std::string quoted(const ProcessState& process, const Stillness& all) {
  std::size_t same_name = 0, number = 0;
  for (const ProcessState& other : all.processes) {
    if (other.zombie || other.name != process.name) continue;
    ++same_name;
    if (other.pid == process.pid) number = same_name;
  }
  std::string text = "`" + process.name + "`";
  if (same_name > 1) {
    text += " (process " + std::to_string(number) + " of " + std::to_string(same_name) + ")";
  }
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

class Explanation {
 public:
  Explanation(const Stillness& stillness, const std::vector<Peer*>& peers,
              const std::set<pid_t>& done)
      : all_(stillness), peers_(peers), done_(done) {
    for (const ProcessState& process : all_.processes) {
      if (!process.zombie) files_[process.pid] = open_files(process.pid);
    }
  }

  std::vector<std::string> sentences() {
    std::vector<std::string> result;
    for (const ProcessState& process : all_.processes) {
      if (done_.contains(process.pid)) continue;
      for (const ThreadState& thread : process.threads) {
        const std::string text = sentence(process, thread);
        if (!text.empty()) result.push_back(quoted(process, all_) + " " + text);
      }
    }
    return result;
  }

 private:
  std::string sentence(const ProcessState& process, const ThreadState& thread) {
    using enum Waiting::For;
    const Waiting waiting = waiting_of(thread);
    switch (waiting.what) {
      case data:
        return waits_for_data(process, waiting.fd);
      case room:
        return waits_for_room(process, waiting.fd);
      case message:
        return "waits for a message in " + queue(process, waiting) + ".";
      case room_for_message:
        return "waits for room in " + queue(process, waiting) + ", which is full.";
      case child:
        return waits_for_child(process);
      case peer_to_open:
        return "waits in open(2) for another process to open the other end of the FIFO.";
      case events:
        return waiting.timed ? "waits in " + call_name(thread.call) + ", with a timeout."
                             : "waits in " + call_name(thread.call) +
                                   " for an event that cannot come any more.";
      case lock:
        return "waits in " + call_name(thread.call) + " for a lock or another thread.";
      case time:
        return "sleeps.";
      case signal:
        return thread.state == 'T' ? "has been stopped by a signal." : "waits for a signal.";
      case other:
        return "waits in " + call_name(thread.call) + ".";
      case nothing:
        return {};
    }
    return {};
  }

  std::string queue(const ProcessState& process, const Waiting& waiting) {
    const OpenFile* file = file_of(process, waiting.fd);
    return "the message queue " + (file == nullptr ? "" : file->object + " ") + "(descriptor " +
           std::to_string(waiting.fd) + ")" + (waiting.timed ? ", with a deadline" : "");
  }

  const OpenFile* file_of(const ProcessState& process, int fd) {
    for (const OpenFile& file : files_[process.pid]) {
      if (file.fd == fd) return &file;
    }
    return nullptr;
  }

  // Who has the other end: "process `ls` as descriptor 4".
  std::vector<std::string> holders(std::uint64_t inode, bool write_end) {
    std::vector<std::string> result;
    for (const ProcessState& process : all_.processes) {
      std::vector<std::string> numbers;
      for (const OpenFile& file : files_[process.pid]) {
        if (file.is_pipe && file.inode == inode && (write_end ? file.writes : file.reads)) {
          numbers.push_back(std::to_string(file.fd));
        }
      }
      if (numbers.empty()) continue;
      result.push_back("process " + quoted(process, all_) + " as descriptor " + joined(numbers));
    }
    for (const Peer* peer : peers_) {
      if (peer->inode() != inode) continue;
      if (write_end ? peer->holds_write_end() : peer->holds_read_end()) {
        result.push_back(write_end ? "the process at the other end, which has no more to write now"
                                   : "the process at the other end, which does not read now");
      }
    }
    return result;
  }

  std::string waits_for_data(const ProcessState& process, int fd) {
    const OpenFile* file = file_of(process, fd);
    if (file == nullptr || !file->is_pipe) {
      return "waits for data on descriptor " + std::to_string(fd) + ".";
    }
    const auto writers = holders(file->inode, true);
    return "waits for data or end-of-file on a pipe (descriptor " + std::to_string(fd) +
           ") whose write end is still open in " + joined(writers) + ".";
  }

  std::string waits_for_room(const ProcessState& process, int fd) {
    const OpenFile* file = file_of(process, fd);
    if (file == nullptr || !file->is_pipe) {
      return "waits until it can write to descriptor " + std::to_string(fd) + ".";
    }
    const auto readers = holders(file->inode, false);
    return "waits for room in a full pipe (descriptor " + std::to_string(fd) +
           ") whose read end is open in " + joined(readers) + ".";
  }

  std::string waits_for_child(const ProcessState& process) {
    std::vector<std::string> children;
    for (const ProcessState& other : all_.processes) {
      if (other.parent == process.pid && !other.zombie) children.push_back(quoted(other, all_));
    }
    if (children.empty()) return "waits for a child to end.";
    return "waits for its " + std::string(children.size() == 1 ? "child " : "children ") +
           joined(children) + " to end.";
  }

  const Stillness& all_;
  const std::vector<Peer*>& peers_;
  const std::set<pid_t>& done_;
  std::map<pid_t, std::vector<OpenFile>> files_;
};

}  // namespace

Stillness look(pid_t zygote) {
  Stillness stillness;
  stillness.zygote = main_thread_of(zygote);
  stillness.processes = processes_below(zygote);
  // The zygote hides from its children (PR_SET_DUMPABLE), and so from an ordinary user, too, who
  // may not read in which call it is. When it sleeps, it is the call in which it waits for an
  // order.
  const auto idles_in = waiting_of(stillness.zygote).what;
  stillness.runnable = stillness.zygote.state != 'S';
  if (stillness.zygote.state != 'S' ||
      (idles_in != Waiting::For::events && idles_in != Waiting::For::nothing)) {
    return stillness;
  }
  bool timers = false, unknown = false;
  for (const ProcessState& process : stillness.processes) {
    for (const ThreadState& thread : process.threads) {
      // A thread that has ended before the others of its process, or that has been stopped.
      if (thread.state == 'Z' || thread.state == 'X') continue;
      if (thread.state == 'T' || thread.state == 't') continue;
      const Waiting waiting = waiting_of(thread);
      // Who has called vfork(2) does not sleep as others do, and can be waiting as long.
      const bool vforks = thread.state == 'D' && waiting.what == Waiting::For::child;
      if (thread.state != 'S' && !vforks) {
        stillness.runnable = true;
        return stillness;
      }
      unknown = unknown || waiting.what == Waiting::For::nothing;
      timers = timers || waiting.timed;
    }
  }
  stillness.unknown = unknown;
  if (unknown) return stillness;
  stillness.all_blocked = !timers;
  stillness.only_timers = timers;
  return stillness;
}

bool same(const Stillness& before, const Stillness& after) {
  return before.zygote == after.zygote && before.processes.size() == after.processes.size() &&
         std::equal(before.processes.begin(), before.processes.end(), after.processes.begin(),
                    [](const ProcessState& a, const ProcessState& b) {
                      return a.pid == b.pid && a.zombie == b.zombie && a.threads == b.threads;
                    });
}

std::vector<std::string> explain(const Stillness& stillness, const std::vector<Peer*>& peers,
                                 const std::set<pid_t>& done) {
  return Explanation(stillness, peers, done).sentences();
}

std::uint64_t cpu_ms(pid_t zygote, const Stillness& stillness) {
  std::uint64_t sum = cpu_ms_of_reaped(zygote);
  for (const ProcessState& process : stillness.processes) sum += process.cpu_ms;
  return sum;
}

}  // namespace judge
