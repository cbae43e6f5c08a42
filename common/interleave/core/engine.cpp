#include "common/interleave/core/engine.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <utility>

#include "common/interleave/core/descriptors.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/signals.h"

namespace interleave {

Control* control = nullptr;
thread_local std::uint32_t self __attribute__((tls_model("initial-exec"))) = nobody;
thread_local std::uint32_t inside __attribute__((tls_model("initial-exec"))) = 0;
thread_local std::uint32_t path __attribute__((tls_model("initial-exec"))) = nothing;

namespace {

/// Who runs on for so long while others could go is asked to let them: a loop that polls changes
/// things itself, and so does not look like one that spins.
constexpr std::uint32_t longest_turn = 200;
/// So often does a spinning thread run when everybody else waits, until that is called a livelock.
constexpr std::uint32_t most_spins = 100;

/// So long is waited for a program that was not built for the engine: about ten seconds.
constexpr std::uint32_t most_moments = 30'000;

constexpr std::uint32_t undecided = ~0U, longest_patience = 64;

thread_local std::uint32_t turn_length __attribute__((tls_model("initial-exec"))) = 0;

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  a ^= b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2);
  a *= 0xbf58476d1ce4e5b9ULL;
  return a ^ (a >> 29);
}

std::uint64_t next_random() {
  // xorshift64*
  std::uint64_t x = control->random;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  control->random = x;
  return x * 0x2545f4914f6cdd1dULL;
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  raw::call(SYS_futex, &word, FUTEX_WAIT, value, nullptr);
}

void futex_wake(std::atomic<std::uint32_t>& word) {
  raw::call(SYS_futex, &word, FUTEX_WAKE, INT_MAX);
}

// Until it is a zombie: its descriptors are closed by then, and its locks taken from it.
void await_death(std::int32_t pid) {
  const long fd = raw::call(SYS_pidfd_open, pid, 0);
  if (fd < 0) return;
  pollfd end{static_cast<int>(fd), POLLIN, 0};
  while (raw::call(SYS_poll, &end, 1, -1) == -EINTR) {
  }
  raw::call(SYS_close, fd);
}

void await_turn() {
  Thread& thread = me();
  while (thread.turn.load(std::memory_order_acquire) == 0) futex_wait(thread.turn, 0);
  turn_length = 0;
  // What the kernel and libc do at an end is to be over before anybody goes on.
  if (const std::uint32_t tid = std::exchange(control->dying_thread, 0); tid != 0) {
    while (raw::call(SYS_tkill, tid, 0) == 0) raw::call(SYS_sched_yield);
  }
  if (control->dying != 0) await_death(static_cast<std::int32_t>(std::exchange(control->dying, 0)));
}

void give_turn(std::uint32_t to) {
  control->holder = to;
  control->thread[to].turn.store(1, std::memory_order_release);
  futex_wake(control->thread[to].turn);
}

bool can_go_on(const Thread& thread) { return thread.state == State::runnable && !thread.spins; }

// The threads that could take the next step: the current one first, and then in turn, so that who
// always takes the first leaves nobody out for ever.
std::uint32_t candidates(bool with_me, std::uint32_t (&list)[most_threads]) {
  std::uint32_t count = 0;
  if (with_me && can_go_on(me())) list[count++] = self;
  for (std::uint32_t i = 1; i < control->threads; ++i) {
    const std::uint32_t other = (self + i) % control->threads;
    if (can_go_on(control->thread[other])) list[count++] = other;
  }
  return count;
}

// Somebody whose wait ends by itself: the earliest.
std::uint32_t next_sleeper() {
  std::uint32_t first = nobody;
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    const Thread& thread = control->thread[i];
    if (thread.deadline < 0) continue;
    if (thread.state != State::waiting && thread.state != State::sleeping) continue;
    if (first == nobody || thread.deadline < control->thread[first].deadline) first = i;
  }
  return first;
}

bool is_in_kernel(const Thread& thread) {
  return thread.in_kernel && control->process[thread.process].alive;
}

// The earliest timer, if it goes off before `sleeper` and anybody can notice.
// @param sleeper  the deadline of who would be woken instead; -1: nobody
bool timer_goes_off(std::int64_t sleeper) {
  Timer* first = nullptr;
  for (std::uint32_t i = 0; i < control->timers; ++i) {
    Timer& timer = control->timer[i];
    // What has gone off behind a descriptor, and nobody has read it: more of it changes nothing.
    if (timer.deadline < 0 || (timer.descriptor != 0 && timer.count > 0)) continue;
    if (timer.signal != 0 && !control->process[timer.process].alive) continue;
    if (first == nullptr || timer.deadline < first->deadline) first = &timer;
  }
  if (first == nullptr || (sleeper >= 0 && sleeper < first->deadline)) return false;
  control->now = std::max(control->now, first->deadline);
  ++first->count;
  first->deadline = first->interval > 0 ? first->deadline + first->interval : -1;
  if (first->signal != 0) {
    const std::int32_t pid = control->process[first->process].pid;
    raw::call(SYS_kill, pid, first->signal);
    signal_delivered(first->process, pid, first->signal);
    for (std::uint32_t i = 0; i < control->threads; ++i) {
      Thread& thread = control->thread[i];
      if (thread.signals != 0 && thread.state != State::ended) thread.state = State::runnable;
    }
  }
  wake_everybody();
  return true;
}

bool has_ended(std::int32_t pid) {
  const long fd = raw::call(SYS_pidfd_open, pid, 0);
  if (fd < 0) return true;
  pollfd end{static_cast<int>(fd), POLLIN, 0};
  const bool ended = raw::call(SYS_poll, &end, 1, 0) > 0;
  raw::call(SYS_close, fd);
  return ended;
}

void foreigner_has_ended(std::uint32_t process) {
  control->process[process].alive = false;
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    if (control->thread[i].process == process) control->thread[i].in_kernel = false;
  }
}

// Programs that were not built for the engine run freely: they are waited for in real time.
bool await_foreigners() {
  bool any = false;
  for (std::uint32_t i = 0; i < control->processes; ++i) {
    any = any || (control->process[i].foreign && control->process[i].alive);
  }
  for (std::uint32_t i = 0; i < control->threads; ++i)
    any = any || is_in_kernel(control->thread[i]);
  if (!any) return false;
  static std::uint32_t moments = 0;
  if (++moments > most_moments) {
    finish(Outcome::stuck, "a program that was not built for the engine does not end.");
  }
  const timespec moment{0, 200'000};
  raw::call(SYS_nanosleep, &moment, nullptr);
  control->progress.fetch_add(1, std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < control->processes; ++i) {
    const Process& process = control->process[i];
    if (process.foreign && process.alive && has_ended(process.pid)) foreigner_has_ended(i);
  }
  wake_everybody();
  return true;
}

bool everybody_has_ended() {
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    const Thread& thread = control->thread[i];
    if (thread.state != State::ended || is_in_kernel(thread)) return false;
  }
  return true;
}

// The state in which the run is, for who asks whether it has been here before. Equal hashes stand
// for equal partial orders of what has happened, and those lead to equal states (Mazurkiewicz
// 1977).
std::uint64_t state_hash(std::uint32_t current, const std::uint32_t* list, std::uint32_t count) {
  std::uint64_t hash = mixed(control->state, current);
  for (std::uint32_t i = 0; i < count; ++i) hash = mixed(hash, list[i] + 1);
  return hash;
}

std::uint32_t decide(Choice choice, std::uint32_t options, std::uint8_t cost, std::uint64_t state,
                     std::uint32_t otherwise) {
  const std::uint32_t number = control->decisions;
  if (number >= most_decisions) finish(Outcome::full, "the run has more choices than it can note.");
  std::uint32_t taken = otherwise;
  if (number < control->plan.forced) {
    taken = control->plan.choices[number];
    if (taken >= options) finish(Outcome::diverged);
  }
  Decision& decision = control->decision[number];
  decision.choice = choice;
  decision.options = static_cast<std::uint8_t>(options);
  decision.taken = static_cast<std::uint8_t>(taken);
  decision.cost = cost;
  decision.step = control->steps;
  decision.state = state;
  control->decisions = number + 1;
  if (taken != 0) control->cost += cost;
  return taken;
}

// The next turn, from the one that it is, of somebody for whom `is_one` holds.
template <class IsOne>
bool go_to_turn(IsOne is_one) {
  const Plan& plan = control->plan;
  for (std::uint32_t at = control->turn; at < plan.turns; ++at) {
    if (!is_one(plan.turn[at].process)) continue;
    if (at != control->turn) control->turn_steps = 0;
    control->turn = at;
    return true;
  }
  return false;
}

// Whose turn it is. Who has none, such as a parent that starts the others, runs on.
std::uint32_t by_turns(const std::uint32_t* list, std::uint32_t count) {
  const Plan& plan = control->plan;
  const auto has_a_turn = [&](std::uint32_t process) {
    return std::any_of(plan.turn, plan.turn + plan.turns,
                       [&](const Turn& turn) { return turn.process == process; });
  };
  if (list[0] == self && !has_a_turn(me().process)) return 0;
  std::uint32_t taken = 0;
  go_to_turn([&](std::uint32_t process) {
    for (taken = 0; taken < count; ++taken) {
      if (control->thread[list[taken]].process == process) return true;
    }
    taken = 0;
    return false;
  });
  return taken;
}

// Notes a step of this thread. If it was somebody else's turn, he could not go on.
void count_in_turn() {
  const Plan& plan = control->plan;
  if (plan.tail != Tail::turns || control->preparing != 0) return;
  if (!go_to_turn([&](std::uint32_t process) { return process == me().process; })) return;
  ++control->turn_steps;
  const std::uint8_t steps = plan.turn[control->turn].steps;
  if (steps == 0 || control->turn_steps < steps) return;
  ++control->turn;
  control->turn_steps = 0;
}

// What the tail of the plan says, where nothing is forced.
std::uint32_t by_policy(const std::uint32_t* list, std::uint32_t count, bool with_me) {
  Plan& plan = control->plan;
  if (plan.tail == Tail::turns) return by_turns(list, count);
  if (plan.tail == Tail::random) {
    if (with_me && list[0] == self && control->run_length > 0) {
      --control->run_length;
      return 0;
    }
    // Short runs mostly, and a long one now and then.
    control->run_length = static_cast<std::uint32_t>(next_random() % (1U << (next_random() % 6)));
    return static_cast<std::uint32_t>(next_random() % count);
  }
  if (plan.tail == Tail::priorities) {
    // PCT (Burckhardt et al. 2010): who has the highest priority runs; at depth - 1 random steps
    // the one that runs falls below all others.
    if (plan.expected_steps != 0 && next_random() % plan.expected_steps < plan.depth - 1) {
      me().priority = control->decisions % 1000;
    }
    std::uint32_t best = 0;
    for (std::uint32_t i = 1; i < count; ++i) {
      if (control->thread[list[i]].priority > control->thread[list[best]].priority) best = i;
    }
    return best;
  }
  return 0;  // run on, or whoever is next in turn
}

// Chooses who goes on. @param with_me  this thread could.
std::uint32_t choose_thread(bool with_me) {
  while (true) {
    with_me = with_me || can_go_on(me());  // it may have been woken meanwhile
    std::uint32_t list[most_threads];
    std::uint32_t count = candidates(with_me, list);
    const bool i_could = with_me && count > 0 && list[0] == self;
    if (i_could && count > 1 && turn_length > longest_turn && control->preparing == 0) {
      // Not a choice of the schedule, but a rule: the same each time.
      turn_length = 0;
      return list[1];
    }
    if (count == 1 || (count > 1 && control->preparing != 0)) return list[0];
    if (count > 1) {
      const std::uint64_t state = state_hash(self, list, count);
      const std::uint32_t taken =
          decide(Choice::thread, count, i_could ? 1 : 0, state, by_policy(list, count, with_me));
      return list[taken];
    }
    const std::uint32_t sleeper = next_sleeper();
    if (timer_goes_off(sleeper == nobody ? -1 : control->thread[sleeper].deadline)) continue;
    if (sleeper != nobody) {
      Thread& thread = control->thread[sleeper];
      control->now = std::max(control->now, thread.deadline);
      thread.state = State::runnable;
      thread.timed_out = true;
      thread.deadline = -1;
      if (sleeper == self) return self;
      continue;
    }
    // Those that spin, in turn, for a while.
    std::uint32_t spinner = nobody;
    for (std::uint32_t i = 1; i <= control->threads; ++i) {
      const std::uint32_t candidate = (self + i) % control->threads;
      const Thread& thread = control->thread[candidate];
      if (thread.state == State::runnable && (candidate != self || with_me)) {
        spinner = candidate;
        break;
      }
    }
    if (await_foreigners()) {
      // Who looks for somebody to go on may be the one who waits for them.
      if (me().state == State::runnable) return self;
      continue;
    }
    if (spinner != nobody) {
      Thread& thread = control->thread[spinner];
      if (++thread.spin_count > most_spins) {
        control->verdict.thread = spinner;
        control->verdict.object = thread.object;
        control->verdict.path = thread.path;
        control->verdict.op = thread.op;
        finish(Outcome::livelock);
      }
      return spinner;
    }
    if (everybody_has_ended()) return nobody;
    finish(Outcome::deadlock);
  }
}

// Gives the token to who is chosen, and gets it back when it is this thread's turn again.
void hand_over(std::uint32_t to) {
  if (to == self) return;
  me().turn.store(0, std::memory_order_relaxed);
  give_turn(to);
  await_turn();
}

// What this thread has heard of others since it was noted for the last time. A story tells from it
// which steps happened before which.
void note_news(std::uint32_t step_number) {
  Thread& thread = me();
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    if (i == self || thread.clock.at[i] <= thread.noted.at[i]) continue;
    thread.noted.at[i] = thread.clock.at[i];
    if (control->news < most_news) {
      control->news_of[control->news++] = {step_number, i, thread.clock.at[i]};
    }
  }
}

void record(Op op, std::uint32_t object_index, std::int64_t value, bool blocked) {
  const std::uint32_t number = control->steps;
  if (number >= most_steps) {
    control->verdict.thread = self;
    control->verdict.path = me().path;
    finish(Outcome::livelock, "It took so many steps that the run was ended.");
  }
  if (op != Op::begin) count_in_turn();
  Step& entry = control->step[number];
  entry.op = op;
  entry.thread = static_cast<std::uint8_t>(self);
  entry.size = 0;
  entry.blocked = blocked ? 1 : 0;
  entry.object = object_index;
  entry.path = me().path;
  entry.value = value;
  entry.address = 0;
  entry.time = me().began;
  if (!blocked) note_news(number);
  me().began = me().clock.at[self];
  control->steps = number + 1;
  control->progress.fetch_add(1, std::memory_order_relaxed);
}

// A step by this thread on an object: it now depends on what changed the object before.
void depend(Op op, std::uint32_t object_index, std::int64_t value, bool changes) {
  Thread& thread = me();
  Object& on = object(object_index);
  std::uint64_t causes = mixed(thread.causes, on.causes);
  if (changes) causes = mixed(causes, on.readers);
  causes = mixed(causes, static_cast<std::uint64_t>(op) << 32 | object_index);
  causes = mixed(causes, static_cast<std::uint64_t>(value));
  control->state += mixed(causes, self) - mixed(thread.causes, self);
  thread.causes = causes;
  if (changes) {
    on.causes = causes;
    on.readers = 0;
  } else {
    on.readers += causes;
  }
}

void wake_thread(Thread& thread) {
  // Who waits for a notification, and not just for a change, is woken by who notifies.
  if (thread.waits_for_condition != nothing) return;
  if (thread.state == State::waiting) thread.state = State::runnable;
}

// Waits for a debugger, if the plan says that one is to look at this step.
void may_pause() {
  Plan& plan = control->plan;
  if (control->preparing != 0 || plan.pause_thread != self ||
      control->steps + 1 < plan.pause_step + control->prepared) {
    return;
  }
  plan.pause_thread = nobody;
  raw::call(SYS_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  control->paused.store(static_cast<std::uint32_t>(raw::call(SYS_getpid)));
  futex_wake(control->paused);
  while (const std::uint32_t pid = control->paused.load()) futex_wait(control->paused, pid);
}

// The handlers of signals that have come meanwhile.
bool run_handlers() {
  if (me().signals == 0) return false;
  handle_pending_signals();
  return true;
}

// Calls that a signal always ends, whatever SA_RESTART says. @see signal(7)
bool never_goes_on(Op op) {
  return op == Op::poll || op == Op::pause || op == Op::msg_send || op == Op::msg_receive ||
         op == Op::sem_op;
}

// Who spins lets the others go first; but many spin just for a while and then do something else. So
// once in a while of quiet it may be let go on: that is a choice.
bool persists(Thread& thread) {
  if (thread.patience == undecided) {
    std::uint32_t list[most_threads];
    const bool matters = candidates(false, list) > 0;
    thread.patience = matters && choose(Choice::persist, 2) == 1 ? longest_patience : 0;
  }
  if (thread.patience == 0) return false;
  --thread.patience;
  return true;
}

}  // namespace

void may_be_killed() {
  if (!is_victim()) return;
  if (choose(Choice::kill, 2) == 0) return;
  record(Op::killed, nothing, 0, false);
  end_process(SIGKILL);
  raw::call(SYS_kill, raw::call(SYS_getpid), SIGKILL);
  while (true) raw::call(SYS_pause);
}

std::uint32_t fault(bool can_be_short) {
  return control->plan.faults ? choose(Choice::fault, can_be_short ? 3 : 2) : 0;
}

void step(Op op, std::uint32_t object_index, const void* pc) {
  Thread& thread = me();
  thread.op = op;
  thread.object = object_index;
  thread.path = path_to(pc);
  ++turn_length;
  hand_over(choose_thread(true));
  thread.began = thread.clock.at[self];
  may_be_killed();
  may_pause();
  if (thread.signals != 0) {
    run_handlers();
    thread.op = op;
    thread.object = object_index;
    thread.path = path_to(pc);
    thread.began = thread.clock.at[self];
  }
}

void did(Op op, std::uint32_t object_index, std::int64_t value, bool changes) {
  depend(op, object_index, value, changes);
  record(op, object_index, value, false);
  Object& on = object(object_index);
  const std::uint32_t process = me().process;
  if (on.used_by_processes == 0) {
    on.first_process = process;
    on.used_by_processes = 1;
  } else if (on.first_process != process) {
    on.used_by_processes = 2;
  }
  if (changes) {
    ++control->changes;
    for (std::uint32_t i = 0; i < control->threads; ++i) control->thread[i].spins = false;
    wake(object_index);
  }
}

void begin_preparing() {
  if (control != nullptr) control->preparing = 1;
}

void assemble(std::uint32_t expected) {
  if (!engaged()) return;
  const Inside engine;
  const std::uint32_t place = object_of({5, 0}, Kind::process);
  if (++control->assembled < expected) {
    while (control->preparing != 0) wait_for(Op::other, place);
    return;
  }
  control->preparing = 0;
  wake(place);
  control->prepared = control->steps;
}

void depends_on(std::uint32_t object_index) { depend(Op::other, object_index, 0, false); }

bool wait_for(Op op, std::uint32_t object_index, std::int64_t deadline) {
  Thread& thread = me();
  thread.op = op;
  thread.object = object_index;
  thread.deadline = deadline;
  thread.timed_out = false;
  thread.interrupted = false;
  thread.state = State::waiting;
  // It may have looked in vain, several times, because a program ran that the engine does not know.
  const Step* last = control->steps == 0 ? nullptr : &control->step[control->steps - 1];
  const bool repeats = last != nullptr && last->blocked != 0 && last->thread == self &&
                       last->op == op && last->object == object_index;
  if (!repeats) record(op, object_index, 0, true);
  const std::uint32_t next = choose_thread(false);
  hand_over(next);
  thread.deadline = -1;
  thread.state = State::runnable;
  if (thread.signals != 0) {
    run_handlers();
    thread.interrupted = !call_goes_on || never_goes_on(op);
    thread.op = op;
    thread.object = object_index;
  }
  return !thread.timed_out && !thread.interrupted;
}

bool sleep_until(std::int64_t deadline, const void* pc) {
  Thread& thread = me();
  thread.op = Op::sleep;
  thread.object = object_of({0, 1}, Kind::clock);
  thread.path = path_to(pc);
  thread.timed_out = false;
  thread.interrupted = false;
  record(Op::sleep, thread.object, 0, true);
  while (!thread.timed_out) {
    thread.deadline = deadline;
    thread.state = State::sleeping;
    hand_over(choose_thread(false));
    thread.deadline = -1;
    thread.state = State::runnable;
    if (run_handlers()) return false;
  }
  return true;
}

void yield(const void* pc) {
  Thread& thread = me();
  if (thread.spin_change != control->changes) {
    thread.spin_change = control->changes;
    thread.spin_count = 0;
    thread.patience = undecided;
    for (std::uint64_t& seen : thread.spin_hash) seen = 0;
  }
  if (persists(thread)) return;
  thread.op = Op::yield;
  thread.object = object_of({0, 1}, Kind::clock);
  thread.path = path_to(pc);
  ++turn_length;
  thread.spins = true;
  std::uint32_t list[most_threads];
  if (candidates(false, list) > 0) {
    hand_over(choose_thread(false));
    thread.spins = false;
  } else {
    // Nobody else could go on: time may pass, or it may be alone.
    hand_over(choose_thread(true));
    thread.spins = false;
  }
  if (thread.signals != 0) run_handlers();
}

void in_vain(std::uint32_t object_index, std::uint64_t value) {
  Thread& thread = me();
  const std::uint64_t hash = mixed(mixed(thread.path, object_index), value) | 1;
  if (thread.spin_change != control->changes) {
    thread.spin_change = control->changes;
    thread.spin_count = 0;
    thread.patience = undecided;
    for (std::uint64_t& seen : thread.spin_hash) seen = 0;
  }
  for (const std::uint64_t seen : thread.spin_hash) {
    if (seen == hash) {
      thread.spins = !persists(thread);
      return;
    }
  }
  for (std::size_t i = 3; i > 0; --i) thread.spin_hash[i] = thread.spin_hash[i - 1];
  thread.spin_hash[0] = hash;
}

std::uint32_t choose(Choice choice, std::uint32_t options) {
  if (options <= 1 || control->preparing != 0) return 0;
  const std::uint64_t state =
      mixed(mixed(control->state, self), static_cast<std::uint64_t>(choice) << 8 | options);
  std::uint32_t otherwise = 0;
  if (control->plan.tail == Tail::random || control->plan.tail == Tail::priorities) {
    // What is rare in reality is not to be the rule in a random walk.
    otherwise = next_random() % 4 == 0 ? static_cast<std::uint32_t>(next_random() % options) : 0;
  }
  // Rare as a preemption: else a loop that reads in vain could be kept going for ever, for nothing.
  const bool is_rare =
      choice == Choice::kill ? control->plan.deaths_are_rare : choice != Choice::waiter;
  const std::uint8_t cost = is_rare ? 1 : 0;
  const std::uint32_t taken = decide(choice, options, cost, state, otherwise);
  control->state += mixed(mixed(me().causes, taken + 1), self) - mixed(me().causes, self);
  me().causes = mixed(me().causes, taken + 1);
  return taken;
}

void wake(std::uint32_t object_index) {
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    if (control->thread[i].object == object_index) wake_thread(control->thread[i]);
  }
}

void wake_descriptors() {
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    Thread& thread = control->thread[i];
    if (object(thread.object).kind == Kind::descriptor || thread.op == Op::poll)
      wake_thread(thread);
  }
}

void wake_everybody() {
  for (std::uint32_t i = 0; i < control->threads; ++i) wake_thread(control->thread[i]);
}

void acquire(std::uint32_t object_index) {
  me().clock.join(object(object_index).clock, control->threads);
}

void release(std::uint32_t object_index) {
  object(object_index).clock.join(me().clock, control->threads);
  ++me().clock.at[self];
}

std::uint32_t object_of(Key key, Kind kind, const char* name) {
  constexpr std::size_t slots = most_objects * 2;
  std::uint64_t hash = mixed(mixed(key.space, key.place), static_cast<std::uint64_t>(kind));
  for (;; ++hash) {
    std::uint32_t& slot = control->object_hash[hash % slots];
    if (slot == nothing) {
      if (control->objects >= most_objects)
        finish(Outcome::full, "the program has more locks, atomics and the like than 4096.");
      slot = control->objects++;
      Object& made = object(slot);
      made.key = key;
      made.kind = kind;
      if (name != nullptr) std::strncpy(made.name, name, sizeof made.name - 1);
      return slot;
    }
    const Object& there = object(slot);
    if (there.key == key && there.kind == kind) return slot;
  }
}

std::uint32_t new_process() {
  if (control->processes >= most_threads)
    finish(Outcome::full, "the program makes more processes than 64.");
  const std::uint32_t number = control->processes++;
  Process& process = control->process[number];
  process = Process{};
  process.parent = self == nobody ? 0 : me().process;
  process.alive = true;
  return number;
}

std::uint32_t new_thread(std::uint32_t process) {
  if (control->threads >= most_threads)
    finish(Outcome::full, "the program makes more threads than 64, all processes taken together.");
  const std::uint32_t number = control->threads++;
  Thread& thread = control->thread[number];
  thread.process = process;
  thread.parent = self;
  thread.op = Op::begin;
  thread.state = State::runnable;
  if (self != nobody) thread.clock = thread.noted = me().clock;
  thread.clock.at[number] = 1;
  thread.causes = mixed(self == nobody ? 1 : me().causes, number);
  thread.priority = 1000 + next_random() % 1'000'000;
  control->state += mixed(thread.causes, number);
  if (self != nobody) ++me().clock.at[self];
  ++control->process[process].threads;
  return number;
}

void begin_thread(std::uint32_t thread) {
  self = thread;
  me().tid = static_cast<std::int32_t>(raw::call(SYS_gettid));
  me().pid = static_cast<std::int32_t>(raw::call(SYS_getpid));
  await_turn();
  if (me().signals != 0) run_handlers();
}

void end_thread() {
  Thread& thread = me();
  const std::uint32_t join_object = object_of({2, self}, Kind::thread);
  release(join_object);
  did(Op::end, join_object, 0, true);
  thread.state = State::ended;
  --control->process[thread.process].threads;
  const std::uint32_t next = choose_thread(false);
  thread.turn.store(0, std::memory_order_relaxed);
  self = nobody;
  if (next == nobody) finish(Outcome::finished);
  control->dying_thread = static_cast<std::uint32_t>(thread.tid);
  give_turn(next);
}

std::uint32_t ends_of_processes() { return object_of({0, 7}, Kind::world); }

void end_process(std::int32_t status) {
  Thread& thread = me();
  const std::uint32_t number = thread.process;
  Process& process = control->process[number];
  const std::uint32_t children = object_of({3, process.parent}, Kind::process);
  release(object_of({4, number}, Kind::process));
  release(children);
  release_descriptors();
  did(Op::exit, children, status, true);
  process.status = status;
  process.alive = false;
  process.threads = 0;
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    if (control->thread[i].process == number) control->thread[i].state = State::ended;
  }
  // Its descriptors and robust locks go with it: whoever waits looks again.
  wake_everybody();
  const std::uint32_t next = choose_thread(false);
  thread.turn.store(0, std::memory_order_relaxed);
  const auto pid = static_cast<std::int32_t>(raw::call(SYS_getpid));
  self = nobody;
  if (next == nobody) finish(Outcome::finished);
  control->dying = static_cast<std::uint32_t>(pid);
  give_turn(next);
}

void bury(std::uint32_t number, std::int32_t status) {
  Process& process = control->process[number];
  if (!process.alive) return;
  await_death(process.pid);
  if (process.foreign) return foreigner_has_ended(number);
  const std::uint32_t children = object_of({3, process.parent}, Kind::process);
  process.status = status;
  process.alive = false;
  process.threads = 0;
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    Thread& thread = control->thread[i];
    if (thread.process != number || thread.state == State::ended) continue;
    thread.state = State::ended;
    object(children).clock.join(thread.clock, control->threads);
    object(ends_of_processes()).clock.join(thread.clock, control->threads);
  }
  did(Op::exit, children, status, true);
  wake_everybody();
}

void leave() {
  Thread& thread = me();
  thread.in_kernel = true;
  thread.state = State::ended;
  std::uint32_t list[most_threads];
  // Nobody could take the turn: it stays here, and the server sees to the end of it.
  if (candidates(false, list) == 0 && next_sleeper() == nobody) return;
  const std::uint32_t next = choose_thread(false);
  thread.turn.store(0, std::memory_order_relaxed);
  if (next != nobody) give_turn(next);
}

void come_back() {
  Thread& thread = me();
  thread.in_kernel = false;
  thread.state = State::runnable;
  await_turn();
}

std::uint32_t process_of(pid_t pid) {
  for (std::uint32_t i = control->processes; i-- > 0;) {
    if (control->process[i].pid == pid) return i;
  }
  return nobody;
}

void finish(Outcome outcome, const char* text) {
  control->verdict.outcome = outcome;
  if (*text != '\0') std::strncpy(control->verdict.text, text, sizeof control->verdict.text - 1);
  finish();
}

void finish() {
  control->ended.store(1, std::memory_order_release);
  futex_wake(control->ended);
  // The server ends us: nobody takes another step.
  while (true) raw::call(SYS_pause);
}

std::uint32_t path_below(std::uint32_t parent, std::uint64_t pc) {
  constexpr std::size_t slots = most_paths * 2;
  std::uint64_t hash = mixed(parent, pc);
  for (;; ++hash) {
    std::uint32_t& slot = control->path_hash[hash % slots];
    if (slot == nothing) {
      if (control->paths >= most_paths) return parent;  // a shorter path is a path, too
      slot = control->paths++;
      control->path[slot] = {parent, pc};
      return slot;
    }
    const Path& there = control->path[slot];
    if (there.parent == parent && there.pc == pc) return slot;
  }
}

}  // namespace interleave
