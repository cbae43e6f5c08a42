#include "common/explore/story.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "common/explore/arrows.h"

namespace explore {

using interleave::Control;
using interleave::Kind;
using interleave::nobody;
using interleave::Object;
using interleave::Op;
using interleave::Outcome;
using interleave::State;
using interleave::Step;
using interleave::Thread;
using interleave::Verdict;

namespace {

// "EOWNERDEAD": a claim of the program, and any number.
std::string name_of_error(std::int64_t number) {
  const char* name =
      number > 0 && number < 4096 ? ::strerrorname_np(static_cast<int>(number)) : nullptr;
  return name != nullptr ? name : "error " + std::to_string(number);
}

std::string text_of(const char* name, std::size_t size) { return {name, ::strnlen(name, size)}; }

bool is_part_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("_.->[]*&:", c) != nullptr;
}

std::string tidy(std::string name) {
  name.erase(0, name.find_first_not_of("&* \t"));
  name.erase(name.find_last_not_of(" \t.->") + 1);
  return name.size() > 24 ? std::string() : name;
}

/// What a line of C or C++ operates on, as it is called there: "account[0]" in
/// `pthread_mutex_lock(&account[0])`, "full" in `full.acquire()`. Empty if that cannot be told.
std::string operand(const std::string& line) {
  // A function of C: its first argument.
  for (const char* call : {"pthread_mutex_", "pthread_cond_", "pthread_rwlock_", "pthread_barrier_",
                           "pthread_spin_", "sem_wait", "sem_post", "sem_trywait", "sem_timedwait",
                           "mtx_", "cnd_", "atomic_", "__atomic_"}) {
    const auto at = line.find(call);
    if (at == std::string::npos) continue;
    const auto open = line.find('(', at);
    if (open == std::string::npos) continue;
    auto end = open + 1;
    while (end < line.size() && (is_part_of_name(line[end]) || line[end] == ' ')) ++end;
    return tidy(line.substr(open + 1, end - open - 1));
  }
  // A guard of C++: what it is made from.
  for (const char* guard : {"lock_guard", "unique_lock", "scoped_lock", "shared_lock"}) {
    const auto at = line.find(guard);
    if (at == std::string::npos) continue;
    const auto open = line.find_first_of("({", at);
    if (open == std::string::npos) continue;
    auto end = open + 1;
    while (end < line.size() && is_part_of_name(line[end])) ++end;
    return tidy(line.substr(open + 1, end - open - 1));
  }
  // A member function: what stands before it.
  for (const char* call : {".lock(",          ".unlock(",
                           ".try_lock(",      ".load(",
                           ".store(",         ".exchange(",
                           ".fetch_",         ".compare_exchange_",
                           ".wait(",          ".notify_",
                           ".acquire(",       ".release(",
                           ".try_acquire(",   ".count_down(",
                           ".arrive",         "->lock(",
                           "->unlock(",       "->load(",
                           "->store(",        "->exchange(",
                           "->fetch_",        "->compare_exchange_",
                           "->wait(",         "->notify_",
                           "->acquire(",      "->release(",
                           "->test_and_set(", ".test_and_set(",
                           ".clear("}) {
    const auto at = line.find(call);
    if (at == std::string::npos) continue;
    auto begin = at;
    while (begin > 0 && is_part_of_name(line[begin - 1])) --begin;
    return tidy(line.substr(begin, at - begin));
  }
  return "";
}

/// What the run says of itself is a claim: every index in it is checked.
class Teller {
 public:
  Teller(const Control& run, Lines& lines, const std::vector<std::string>& processes)
      : run_(run), lines_(lines), processes_(processes) {
    threads_ = std::min<std::size_t>(run.threads, interleave::most_threads);
    name_actors();
    name_objects();
  }

  Story tell() {
    Story story;
    story.actors = actors_;
    const Verdict& verdict = run_.verdict;
    switch (verdict.outcome) {
      case Outcome::running:
      case Outcome::finished:
        break;
      case Outcome::race:
        tell_race(story);
        break;
      case Outcome::deadlock:
        tell_deadlock(story);
        break;
      case Outcome::livelock:
        story.kind = "livelock";
        story.headline = "It goes on and on, and nothing changes any more.";
        if (verdict.thread < threads_) {
          story.headline = actor(verdict.thread) + " goes on and on without getting anywhere.";
          add_stack(story, verdict.path);
        }
        if (verdict.text[0] != '\0')
          story.details.push_back(text_of(verdict.text, sizeof verdict.text));
        story.advice =
            "What would end the loop? Who could bring that about, and is he still there?";
        break;
      case Outcome::crash:
        tell_crash(story);
        break;
      case Outcome::wrong_mechanism:
        tell_wrong_mechanism(story);
        break;
      case Outcome::lock_misuse:
        tell_lock_misuse(story);
        break;
      default:
        story.kind = "error";
        story.headline =
            "The engine could not go on: " + text_of(verdict.text, sizeof verdict.text);
        break;
    }
    add_rows(story);
    return story;
  }

 private:
  void name_actors() {
    std::map<std::uint32_t, int> threads_in;
    for (std::size_t i = 0; i < threads_; ++i) ++threads_in[run_.thread[i].process];
    std::map<std::uint32_t, int> met;
    for (std::size_t i = 0; i < threads_; ++i) {
      const std::uint32_t process = run_.thread[i].process;
      const int number = ++met[process];
      std::string name = process == 0 ? "main" : "child";
      // Those without a name of their own are counted.
      const auto named = static_cast<std::uint32_t>(std::max(std::size_t{1}, processes_.size()));
      if (process >= named && run_.processes > named + 1) {
        name += " " + std::to_string(process - named + 1);
      }
      if (process < processes_.size()) name = processes_[process];
      if (threads_in[process] > 1) {
        if (process == 0 && processes_.empty()) {
          name = number == 1 ? "main" : "thread " + std::to_string(number - 1);
        } else {
          name += number == 1 ? "" : ", thread " + std::to_string(number - 1);
        }
      }
      actors_.push_back(name);
    }
  }

  [[nodiscard]] std::string actor(std::uint32_t thread) const {
    return thread < actors_.size() ? actors_[thread] : "somebody";
  }

  [[nodiscard]] const Object& object(std::uint32_t index) const {
    return run_.object[index < interleave::most_objects ? index : 0];
  }

  // What the program itself calls its objects, from the lines that use them.
  void name_objects() {
    const std::size_t steps = std::min<std::size_t>(run_.steps, interleave::most_steps);
    std::map<std::pair<Kind, std::string>, std::vector<std::uint32_t>> called;
    std::map<std::uint32_t, std::uint32_t> paths;  // where an object was first met
    for (std::size_t i = 0; i < steps; ++i) {
      const Step& step = run_.step[i];
      if (step.object >= interleave::most_objects || names_.contains(step.object)) continue;
      const Kind kind = object(step.object).kind;
      if (kind == Kind::descriptor || kind == Kind::world || kind == Kind::clock) continue;
      std::string name = operand(lines_.line(run_, step.path).text);
      if (name.empty()) continue;
      called[{kind, name}].push_back(step.object);
      paths[step.object] = step.path;
      names_[step.object] = std::move(name);
    }
    // One expression can stand for several: `account[i]`. If it stands in a function that was given
    // the object, then its callers may have a name for each.
    for (const auto& [name, objects] : called) {
      if (objects.size() < 2 || objects.size() > 26) continue;
      std::set<std::string> theirs;
      for (const std::uint32_t object : objects) theirs.insert(callers_name(paths[object]));
      if (theirs.size() == objects.size() && !theirs.contains("")) {
        for (const std::uint32_t object : objects) names_[object] = callers_name(paths[object]);
        continue;
      }
      for (std::size_t i = 0; i < objects.size(); ++i) {
        names_[objects[i]] += std::string(" (") + static_cast<char>('A' + i) + ")";
      }
    }
  }

  // What stands in the brackets where the function was called in which the path ends.
  [[nodiscard]] std::string callers_name(std::uint32_t path) const {
    const std::vector<Line> stack = lines_.stack(run_, path);
    if (stack.size() < 2) return "";
    const std::string& function = stack[0].function;
    const auto colon = function.rfind(':');
    const std::string call = function.substr(colon == std::string::npos ? 0 : colon + 1) + "(";
    const std::string& text = stack[1].text;
    const auto at = text.find(call);
    if (at == std::string::npos) return "";
    const auto begin = at + call.size();
    auto end = begin;
    while (end < text.size() && is_part_of_name(text[end])) ++end;
    return tidy(text.substr(begin, end - begin));
  }

  [[nodiscard]] std::string name_of(std::uint32_t index) const {
    if (const auto known = names_.find(index); known != names_.end()) return known->second;
    const Object& o = object(index);
    if (o.name[0] != '\0') {
      return o.kind == Kind::descriptor ? letter(text_of(o.name, sizeof o.name), o, index)
                                        : text_of(o.name, sizeof o.name);
    }
    switch (o.kind) {
      case Kind::mutex:
        return letter("the mutex", o, index);
      case Kind::rwlock:
        return letter("the reader-writer lock", o, index);
      case Kind::cond:
        return letter("the condition", o, index);
      case Kind::semaphore:
        return letter("the semaphore", o, index);
      case Kind::barrier:
        return letter("the barrier", o, index);
      case Kind::futex:
        return letter("the futex", o, index);
      case Kind::memory:
        return letter("the atomic", o, index);
      case Kind::descriptor:
        return letter("the descriptor", o, index);
      case Kind::file_lock:
        return letter("the file lock", o, index);
      case Kind::once:
        return "once";
      default:
        return "";
    }
  }

  // Several of a kind are told apart by letters, in the order in which they were met.
  [[nodiscard]] std::string letter(const std::string& what, const Object& like,
                                   std::uint32_t index) const {
    std::size_t before = 0, all = 0;
    const auto count = std::min<std::size_t>(run_.objects, interleave::most_objects);
    for (std::uint32_t i = 1; i < count; ++i) {
      const Object& other = run_.object[i];
      if (other.kind != like.kind || names_.contains(i)) continue;
      if (std::memcmp(other.name, like.name, sizeof like.name) != 0) continue;
      ++all;
      if (i < index) ++before;
    }
    if (all < 2 || before > 25) return what;
    std::string name = what;
    for (const char* article : {"the ", "a "}) {
      if (name.starts_with(article)) name.erase(0, std::strlen(article));
    }
    return name + " " + static_cast<char>('A' + before);
  }

  [[nodiscard]] std::string words(const Step& step) const {
    const std::string name = name_of(step.object);
    const std::string value = std::to_string(step.value);
    const bool failed = step.value < 0;
    switch (step.op) {
      case Op::begin:
        return "begins";
      case Op::end:
        return "ends";
      case Op::exit:
        return "exits" +
               (step.value > 255 ? " with status " + std::to_string(step.value >> 8) : "");
      case Op::fork:
        return "forks " + actor(static_cast<std::uint32_t>(step.value));
      case Op::create:
        return "starts " + actor(static_cast<std::uint32_t>(step.value));
      case Op::join:
        return step.blocked ? "waits for a thread to end" : "joins it";
      case Op::wait_child:
        return step.blocked ? "waits for a child to end" : "has waited for a child";
      case Op::read:
        return "reads";
      case Op::write:
        return "writes";
      case Op::load:
        return "reads " + value + " from " + name;
      case Op::store:
        return "writes " + value + " to " + name;
      case Op::exchange:
        return "changes " + name + " to " + value;
      case Op::fence:
        return "fence";
      case Op::lock:
        if (step.blocked) return "waits for " + name;
        return step.value == 0 ? "locks " + name
                               : "locks " + name + ": " + name_of_error(step.value);
      case Op::try_lock:
        return step.value == 0 ? "locks " + name : "finds " + name + " locked";
      case Op::unlock:
        return "unlocks " + name;
      case Op::read_lock:
        return (step.blocked ? "waits to read-lock " : "read-locks ") + name;
      case Op::write_lock:
        return (step.blocked ? "waits to write-lock " : "write-locks ") + name;
      case Op::cond_wait:
        return (step.blocked ? "waits for " : "begins to wait for ") + name;
      case Op::cond_signal:
        return "signals " + name + (step.value == 0 ? ", and nobody waits" : "");
      case Op::cond_broadcast:
        return "broadcasts " + name + (step.value == 0 ? ", and nobody waits" : "");
      case Op::sem_wait:
        return step.blocked ? "waits for " + name
               : failed     ? "finds " + name + " at 0"
                            : "takes " + name;
      case Op::sem_post:
        return "posts " + name;
      case Op::barrier:
        return step.blocked ? "waits at " + name : "comes to " + name;
      case Op::once:
        return "once";
      case Op::futex_wait:
        return step.blocked ? "waits on " + name
               : failed     ? "finds the value changed"
                            : "begins to wait on " + name;
      case Op::futex_wake:
        return "wakes " + value + " on " + name;
      case Op::open:
        return (step.blocked ? "waits to open " : "opens ") + name;
      case Op::close:
        return "closes an end of " + name;
      case Op::read_fd:
        if (step.blocked) return "waits for data from " + name;
        if (failed) return "fails to read from " + name;
        return step.value == 0
                   ? "sees the end of " + name
                   : "reads " + value + (value == "1" ? " byte" : " bytes") + " from " + name;
      case Op::write_fd:
        if (step.blocked) return "waits for room in " + name;
        return failed ? "fails to write to " + name
                      : "writes " + value + (value == "1" ? " byte to " : " bytes to ") + name;
      case Op::connect:
        return step.blocked ? "waits to connect" : "connects";
      case Op::accept:
        return step.blocked ? "waits for a connection" : "accepts a connection";
      case Op::poll:
        return step.blocked      ? "waits in poll"
               : step.value == 0 ? "polls: nothing is ready"
                                 : "polls: " + value + (value == "1" ? " is ready" : " are ready");
      case Op::mq_send:
        return (step.blocked ? "waits for room in " : "sends to ") + name;
      case Op::mq_receive:
        return (step.blocked ? "waits for a message in " : "receives from ") + name;
      case Op::msg_send:
        return (step.blocked ? "waits for room in " : "sends to ") + name;
      case Op::msg_receive:
        return (step.blocked ? "waits for a message in " : "receives from ") + name;
      case Op::sem_op:
        return (step.blocked ? "waits for " : "operates on ") + name;
      case Op::flock:
        return (step.blocked ? "waits for " : "locks or unlocks ") + name;
      case Op::sleep:
        return "sleeps";
      case Op::yield:
        return "yields";
      case Op::kill:
        return "sends a signal";
      case Op::handler:
        return "runs a signal handler";
      case Op::pause:
        return "waits for a signal";
      case Op::killed:
        return "is killed";
      case Op::exec:
        return "becomes another program";
      default:
        return "goes on";
    }
  }

  static std::string access(Op op, std::uint8_t size) {
    const std::string bytes = size == 1 ? "1 byte" : std::to_string(size) + " bytes";
    switch (op) {
      case Op::read:
        return "reads " + bytes;
      case Op::write:
        return "writes " + bytes;
      case Op::load:
        return "reads atomically";
      default:
        return "writes atomically";
    }
  }

  void add_stack(Story& story, std::uint32_t path) {
    story.stacks.push_back(lines_.stack(run_, path));
  }

  static std::string at(const Line& line) {
    return line.number == 0 ? "" : line.file + ":" + std::to_string(line.number);
  }

  void tell_race(Story& story) {
    const Verdict& verdict = run_.verdict;
    story.kind = "data-race";
    const bool between_processes =
        verdict.thread < threads_ && verdict.other_thread < threads_ &&
        run_.thread[verdict.thread].process != run_.thread[verdict.other_thread].process;
    story.headline = std::string("A data race between two ") +
                     (between_processes ? "processes" : "threads") +
                     ": both touch the same memory, at least one of them writes, and nothing says "
                     "who comes first.";
    add_stack(story, verdict.other_path);
    add_stack(story, verdict.path);
    const std::string first = at(lines_.line(run_, verdict.other_path));
    const std::string second = at(lines_.line(run_, verdict.path));
    story.details.push_back(
        actor(verdict.other_thread) + " " +
        access(verdict.other_op, 0 == verdict.other_size ? verdict.size : verdict.other_size) +
        (first.empty() ? "" : " at " + first));
    story.details.push_back(actor(verdict.thread) + " " + access(verdict.op, verdict.size) +
                            (second.empty() ? "" : " at " + second));
    if (!verdict.private_memory && verdict.region < interleave::most_regions) {
      story.details.push_back(
          "The byte is number " + std::to_string(verdict.offset) + " of " +
          text_of(run_.region[verdict.region].name, sizeof run_.region[verdict.region].name) + ".");
    }
    const bool one_is_atomic = verdict.op == Op::load || verdict.op == Op::store ||
                               verdict.other_op == Op::load || verdict.other_op == Op::store;
    story.advice =
        one_is_atomic
            ? "One of the two is atomic and the other is not: both have to be."
            : "Between the two there has to be a lock that both take, or something that the second "
              "waits for and the first does when it is done: a release store that an acquire load "
              "sees, a semaphore, a message.";
  }

  void tell_deadlock(Story& story) {
    story.kind = "deadlock";
    story.headline = "A deadlock: nobody can go on, and nothing will ever change that.";
    for (std::size_t i = 0; i < threads_; ++i) {
      const Thread& thread = run_.thread[i];
      if (thread.state != State::waiting) continue;
      Step waits;
      waits.op = thread.op;
      waits.object = thread.object;
      waits.blocked = 1;
      std::string sentence = actor(static_cast<std::uint32_t>(i)) + " " + words(waits);
      const std::string where = at(lines_.line(run_, thread.path));
      if (!where.empty()) sentence += " (" + where + ")";
      const Object& on = object(thread.object);
      Waiting& waiting = story.waiting.emplace_back();
      waiting.who = actor(static_cast<std::uint32_t>(i));
      waiting.what = name_of(thread.object);
      waiting.where = lines_.stack(run_, thread.path);
      if (on.owner != nobody && on.owner < threads_) {
        waiting.holder = actor(on.owner);
        waiting.held_from = lines_.stack(run_, on.owner_path);
        const Thread& owner = run_.thread[on.owner];
        const std::string taken = at(lines_.line(run_, on.owner_path));
        sentence += ", which " +
                    (on.owner == i ? std::string("it holds itself") : actor(on.owner) + " holds");
        if (!taken.empty()) sentence += " since " + taken;
        if (owner.state == State::ended) sentence += "; but that has ended";
      }
      story.details.push_back(sentence + ".");
      add_stack(story, thread.path);
    }
    story.advice =
        "Who was to let it go on, and had that been done too early, or is it waiting itself?";
    if (waits_as_in_one_process()) {
      story.kind = "wrong-mechanism";
      story.headline =
          "A process waits for a notification that never leaves another: std::atomic's wait and "
          "notify meet in one process only.";
      story.advice =
          "Whether anybody waits is counted in memory of each process, so who notifies sees "
          "nobody. "
          "std::counting_semaphore, std::latch and std::barrier wait in the same way. Between "
          "processes take a process-shared semaphore, or a mutex and a condition variable that "
          "are.";
      return;
    }
    if (lost_wakeup()) {
      story.headline =
          "A lost wakeup: the notification came before anybody waited for it, and nobody notifies "
          "again.";
      story.advice =
          "To look whether one has to wait, and to begin to wait, must be one step for who "
          "notifies: "
          "hold the mutex from the test to the wait, and change what is tested under the same "
          "mutex.";
    }
  }

  // Waits of the standard library, in memory that several processes have.
  [[nodiscard]] bool waits_as_in_one_process() const {
    for (std::size_t i = 0; i < threads_ && run_.processes > 1; ++i) {
      const Thread& thread = run_.thread[i];
      if (thread.state != State::waiting || thread.op != Op::futex_wait) continue;
      if (interleave::is_private_space(object(thread.object).key.space)) continue;
      if (lines_.file(run_, thread.path) == "atomic_wait.h") return true;
    }
    return false;
  }

  // Somebody waits for a notification that was given when nobody waited.
  [[nodiscard]] bool lost_wakeup() const {
    const std::size_t steps = std::min<std::size_t>(run_.steps, interleave::most_steps);
    for (std::size_t i = 0; i < threads_; ++i) {
      const Thread& thread = run_.thread[i];
      if (thread.state != State::waiting || thread.waits_for_condition == interleave::nothing) {
        continue;
      }
      for (std::size_t k = 0; k < steps; ++k) {
        const Step& step = run_.step[k];
        const bool notifies = step.op == Op::cond_signal || step.op == Op::cond_broadcast ||
                              step.op == Op::futex_wake;
        if (notifies && step.object == thread.waits_for_condition && step.value == 0) return true;
      }
    }
    return false;
  }

  void tell_crash(Story& story) {
    const Verdict& verdict = run_.verdict;
    story.kind = "crash";
    add_stack(story, verdict.path);
    const std::string who = actor(verdict.thread);
    if (verdict.status > 255) {
      story.headline = "With this schedule " + who + " ends with exit status " +
                       std::to_string(verdict.status >> 8) + ".";
    } else {
      const char* name = ::sigabbrev_np(verdict.status);
      story.headline = "With this schedule " + who + " is ended by SIG" +
                       (name != nullptr ? name : std::to_string(verdict.status)) + ".";
      if (verdict.status == SIGABRT) {
        story.details.push_back(
            "A failed assertion, an exception that nobody catches and abort(3) "
            "end like this.");
      }
    }
    story.advice =
        "Read the steps from the top: where does it first go another way than you meant?";
  }

  void tell_wrong_mechanism(Story& story) {
    const Verdict& verdict = run_.verdict;
    story.kind = "wrong-mechanism";
    add_stack(story, verdict.path);
    const std::string what = text_of(verdict.text, sizeof verdict.text);
    if (what == "futex") {
      story.headline =
          "Two processes meet at a futex that is private to each of them: neither "
          "will ever be woken by the other.";
      story.advice =
          "std::atomic::wait, std::counting_semaphore and the like work between threads "
          "of one process. Between processes use a process-shared semaphore or mutex, or "
          "futex(2) without FUTEX_PRIVATE_FLAG.";
      return;
    }
    if (what == "semaphore") {
      story.headline = "Two processes use the same semaphore, and it is not process-shared.";
      story.advice = "Initialise it with sem_init(&semaphore, 1, value): the 1 is `pshared`.";
      return;
    }
    const std::string name = what == "cond"     ? "condition variable"
                             : what == "rwlock" ? "reader-writer lock"
                                                : "mutex";
    story.headline = "Two processes use the same " + name + ", and it is not process-shared.";
    if (is_of_c(verdict.path)) {
      story.advice =
          "What <threads.h> offers works between the threads of one process. Between processes "
          "take "
          "pthread_mutex_t and pthread_cond_t, initialised to be process-shared.";
      return;
    }
    story.advice = "Initialise it with an attribute object on which " +
                   std::string(what == "cond"     ? "pthread_condattr_setpshared"
                               : what == "rwlock" ? "pthread_rwlockattr_setpshared"
                                                  : "pthread_mutexattr_setpshared") +
                   "(&attributes, PTHREAD_PROCESS_SHARED) was called.";
  }

  // Whether that is a call of <threads.h>.
  [[nodiscard]] bool is_of_c(std::uint32_t path) const {
    const std::string text = lines_.line(run_, path).text;
    return text.find("mtx_") != std::string::npos || text.find("cnd_") != std::string::npos;
  }

  void tell_lock_misuse(Story& story) {
    const Verdict& verdict = run_.verdict;
    story.kind = "wrong-result";
    const std::string what = text_of(verdict.text, sizeof verdict.text);
    const std::string lock = name_of(verdict.object);
    add_stack(story, verdict.path);
    if (what == "exit") {
      story.headline = actor(verdict.thread) + " exits while it holds " + lock +
                       ": whoever wants that next waits for ever.";
      add_stack(story, verdict.other_path);
      story.advice =
          "Unlock it on every way out, or make it robust (PTHREAD_MUTEX_ROBUST), so that "
          "the next owner is told.";
      return;
    }
    story.headline = actor(verdict.thread) + " unlocks " + lock +
                     (what == "free" ? ", which nobody holds." : ", which it does not hold.");
    if (what == "owner" && verdict.other_thread < threads_) {
      story.details.push_back(actor(verdict.other_thread) + " has locked it" +
                              (at(lines_.line(run_, verdict.other_path)).empty()
                                   ? "."
                                   : " at " + at(lines_.line(run_, verdict.other_path)) + "."));
      add_stack(story, verdict.other_path);
    }
    story.advice =
        "Only who has locked a mutex may unlock it. To let another go on, use a semaphore.";
  }

  void add_rows(Story& story) {
    const std::size_t steps = std::min<std::size_t>(run_.steps, interleave::most_steps);
    std::map<std::uint32_t, std::set<std::uint8_t>> users;
    for (std::size_t i = 0; i < steps; ++i) users[run_.step[i].object].insert(run_.step[i].thread);
    std::vector<Row>& rows = story.rows;
    std::vector<std::uint32_t> objects;  // of each row
    Arrows arrows(run_, threads_);
    std::map<std::uint32_t, std::size_t> began_by;  // by thread: the row that made it
    for (std::size_t i = 0; i < steps; ++i) {
      const Step& step = run_.step[i];
      if (step.thread >= threads_) continue;
      const std::optional<std::size_t> from = arrows.into(i);
      if (i < run_.prepared) {
        arrows.add(step, Arrows::untold);
        continue;
      }
      const bool structure = step.op == Op::fork || step.op == Op::create || step.op == Op::exit ||
                             step.op == Op::killed;
      if (step.op == Op::yield || step.op == Op::sleep) continue;
      Row row;
      row.number = i + 1 - run_.prepared;
      row.actor = step.thread;
      row.what = words(step);
      row.line = lines_.line(run_, step.path);
      row.ends = step.op == Op::end || step.op == Op::exit || step.op == Op::killed;
      row.matters = step.op != Op::begin && !is_set_up(step, row.line) &&
                    (structure || step.blocked != 0 || users[step.object].size() > 1);
      if (step.op == Op::begin) {
        if (const auto by = began_by.find(step.thread); by != began_by.end())
          row.after = by->second;
      } else if (step.blocked == 0 && !structure) {
        row.after = from;
      }
      // The same again and again: once is enough.
      if (!rows.empty() && !row.after && rows.back().actor == row.actor &&
          rows.back().what == row.what && rows.back().line == row.line) {
        arrows.add(step, rows.size() - 1);
        continue;
      }
      if (step.op == Op::fork || step.op == Op::create) {
        began_by[static_cast<std::uint32_t>(step.value)] = rows.size();
      }
      arrows.add(step, rows.size());
      rows.push_back(std::move(row));
      objects.push_back(step.object);
    }
    fold(rows, objects);
    mark_switches(rows);
    add_last_rows(rows, steps);
  }

  // To open a file, or to close it, where none of the program's own lines stand: somebody has made
  // everything ready. Ends of pipes are another matter.
  [[nodiscard]] bool is_set_up(const Step& step, const Line& line) const {
    if (line.number != 0 || (step.op != Op::open && step.op != Op::close)) return false;
    const Object& on = object(step.object);
    return on.kind == Kind::world || text_of(on.name, sizeof on.name) == "a file";
  }

  // Of a deadlock that matters which has to do with what is waited for, and with what those hold
  // who wait; of anything else, what was last done with what several use.
  void fold(std::vector<Row>& rows, const std::vector<std::uint32_t>& objects) {
    if (run_.verdict.outcome == Outcome::deadlock) {
      std::set<std::uint32_t> about;
      for (std::size_t i = 0; i < threads_; ++i) {
        if (run_.thread[i].state == State::waiting) about.insert(run_.thread[i].object);
      }
      const auto count = std::min<std::size_t>(run_.objects, interleave::most_objects);
      for (std::uint32_t i = 1; i < count; ++i) {
        const std::uint16_t owner = run_.object[i].owner;
        if (owner < threads_ && run_.thread[owner].state == State::waiting) about.insert(i);
      }
      for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].matters = rows[i].matters && about.contains(objects[i]);
      }
    }
    constexpr std::size_t most = 16;
    std::size_t kept = 0;
    for (std::size_t i = rows.size(); i-- > 0;) {
      if (rows[i].matters && ++kept > most) rows[i].matters = false;
    }
  }

  // Who was made to wait, and who went on in his place: that is what the schedule is about. Where a
  // run has come to its end, and others say that it went wrong, there is nothing else to point at.
  void mark_switches(std::vector<Row>& rows) {
    const std::size_t decisions = std::min<std::size_t>(run_.decisions, interleave::most_decisions);
    for (std::size_t i = 0; i < decisions; ++i) {
      const interleave::Decision& decision = run_.decision[i];
      if (decision.taken == 0 || decision.cost == 0) continue;
      const std::size_t number = decision.step + 1 - std::min(decision.step, run_.prepared);
      const auto after = std::find_if(rows.begin(), rows.end(),
                                      [&](const Row& row) { return row.number >= number; });
      if (after == rows.end()) continue;
      const auto mark = [&](Row& row) {
        row.matters = true;
        row.decisive = row.decisive || run_.verdict.outcome == Outcome::finished;
      };
      mark(*after);
      if (after != rows.begin()) mark(*(after - 1));
    }
  }

  // What the finding itself is about is often no step of its own.
  void add_last_rows(std::vector<Row>& rows, std::size_t steps) {
    steps -= std::min<std::size_t>(steps, run_.prepared);
    const Verdict& verdict = run_.verdict;
    const auto add = [&](std::uint32_t actor, std::string what, std::uint32_t path) {
      if (actor >= threads_) return;
      Row row;
      row.number = ++steps;
      row.actor = actor;
      row.what = std::move(what);
      row.line = lines_.line(run_, path);
      row.decisive = true;
      rows.push_back(std::move(row));
    };
    switch (verdict.outcome) {
      case Outcome::race:
        add(verdict.other_thread, access(verdict.other_op, verdict.size), verdict.other_path);
        add(verdict.thread, access(verdict.op, verdict.size), verdict.path);
        break;
      case Outcome::crash:
        add(verdict.thread, "fails", verdict.path);
        break;
      case Outcome::lock_misuse:
        add(verdict.thread,
            (text_of(verdict.text, sizeof verdict.text) == "exit" ? "exits with " : "unlocks ") +
                name_of(verdict.object),
            verdict.path);
        break;
      case Outcome::wrong_mechanism:
        add(verdict.thread, "uses " + name_of(verdict.object), verdict.path);
        break;
      case Outcome::deadlock:
        for (Row& row : rows) row.decisive = row.matters && row.what.starts_with("waits");
        break;
      default:
        break;
    }
  }

  const Control& run_;
  Lines& lines_;
  std::size_t threads_ = 0;
  const std::vector<std::string> processes_;
  std::vector<std::string> actors_;
  std::map<std::uint32_t, std::string> names_;
};

std::string padded(std::string text, std::size_t width) {
  if (text.size() > width) text = text.substr(0, width > 3 ? width - 3 : 0) + "...";
  text.resize(width, ' ');
  return text;
}

}  // namespace

void Story::shorten(const std::string& directory) {
  const std::string words = directory + "/";
  const auto shorten = [&](std::string& text) {
    for (std::size_t at = 0; (at = text.find(words, at)) != std::string::npos;) {
      text.erase(at, words.size());
    }
  };
  shorten(headline);
  for (std::string& detail : details) shorten(detail);
  for (Row& row : rows) shorten(row.what);
}

void Story::unfold() {
  for (Row& row : rows) row.matters = true;
}

Story tell(const Program& program, Lines& lines, const std::vector<std::string>& names) {
  return Teller(program.control(), lines, names).tell();
}

std::string table_of(const Story& story, std::size_t width) {
  // Columns of those alone that do something here.
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < story.actors.size(); ++i) {
    const bool acts = std::any_of(story.rows.begin(), story.rows.end(),
                                  [&](const Row& row) { return row.matters && row.actor == i; });
    if (acts) shown.push_back(i);
  }
  if (shown.empty()) return "";
  const auto place_of = [](const Row& row) {
    return row.line.number == 0 ? "" : row.line.file + ":" + std::to_string(row.line.number);
  };
  std::size_t place = 0;
  for (const Row& row : story.rows) {
    if (row.matters) place = std::max(place, place_of(row).size());
  }
  constexpr std::size_t number = 6, gap = 2, narrow = 22;
  const std::size_t rest = width > number + place + gap ? width - number - place - gap : 0;
  // Where there is no room for a column each, everybody is named.
  const bool named = rest / shown.size() < narrow;
  std::size_t name = 0;
  for (const std::size_t i : shown) name = std::max(name, story.actors[i].size() + gap);
  const std::size_t column = std::clamp<std::size_t>(
      named ? rest - std::min(rest, name) : rest / shown.size(), 12, named ? 60 : 40);
  std::string text = "step  ";
  for (const std::size_t i : shown) text += named ? "" : padded(story.actors[i], column);
  if (named) text += padded("who", name) + "does";
  text.erase(text.find_last_not_of(' ') + 1);
  text += "\n";
  std::size_t folded = 0;
  const auto tell_folded = [&] {
    if (folded > 0) text += "   \u00b7\u00b7\u00b7\n";
    folded = 0;
  };
  for (const Row& row : story.rows) {
    if (!row.matters) {
      ++folded;
      continue;
    }
    tell_folded();
    const std::string count = std::to_string(row.number);
    std::string line = std::string(4 > count.size() ? 4 - count.size() : 0, ' ') + count + "  ";
    if (named) line += padded(story.actors[row.actor], name) + padded(row.what, column - 1) + " ";
    for (const std::size_t i : shown) {
      if (!named) line += padded(i == row.actor ? row.what : "", column - 1) + " ";
    }
    line += place_of(row);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  tell_folded();
  return text;
}

}  // namespace explore
