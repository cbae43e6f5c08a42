#pragma once

/// The control segment: all that the engine knows of a run, in memory that the processes of the run
/// and the explorer share. Only who holds the token writes here, so that nothing in it needs a
/// lock; the explorer writes before a run begins and reads when it has ended.
///
/// This is the one header that the engine and the explorer share. There is no pointer in it: each
/// process may have it elsewhere. What the explorer reads is a claim of a process in which the
/// submission ran, and it checks every index.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "common/interleave/core/clock.h"

namespace interleave {

inline constexpr std::uint32_t control_version = 4;
inline constexpr std::uint32_t nobody = 0xff;  ///< no thread
inline constexpr std::uint32_t nothing = 0;    ///< no object, no call path

// Capacities. What does not fit ends the run, and says which of them it was.
inline constexpr std::size_t most_objects = 4096;
inline constexpr std::size_t most_paths = 1 << 16;
inline constexpr std::size_t most_steps = 1 << 16;
inline constexpr std::size_t most_decisions = 1 << 15;
inline constexpr std::size_t most_shared_bytes = 1 << 22;
inline constexpr std::size_t most_regions = 64;
inline constexpr std::size_t most_stores = 4;

/// What a step does, in the words of the report.
enum class Op : std::uint8_t {
  none,
  begin,  ///< a thread or process begins
  end,    ///< a thread ends
  exit,   ///< a process ends
  fork,
  create,  ///< a thread
  join,
  wait_child,
  read,   ///< a plain read
  write,  ///< a plain write
  load,   ///< an atomic one
  store,
  exchange,  ///< read-modify-write of any kind
  fence,
  lock,
  try_lock,
  unlock,
  read_lock,
  write_lock,
  cond_wait,
  cond_signal,
  cond_broadcast,
  sem_wait,
  sem_post,
  barrier,
  once,
  futex_wait,
  futex_wake,
  open,
  close,
  read_fd,
  write_fd,
  pipe,
  connect,
  accept,
  poll,
  mq_send,
  mq_receive,
  msg_send,
  msg_receive,
  sem_op,
  flock,
  sleep,
  yield,
  kill,
  handler,  ///< a signal handler begins
  pause,
  killed,  ///< the plan has killed the process
  exec,
  other,
};

/// What an object is.
enum class Kind : std::uint8_t {
  none,
  thread,
  process,
  memory,  ///< an atomic, or a word of shared memory
  mutex,
  cond,
  rwlock,
  semaphore,
  barrier,
  once,
  futex,
  descriptor,  ///< a pipe, FIFO, socket, eventfd, ...
  queue,       ///< a message queue
  file_lock,
  clock,
  world,  ///< whatever has no object of its own
};

/// Why a thread does not run.
enum class State : std::uint32_t {
  unused,
  runnable,
  waiting,   ///< for an object; becomes runnable when that changes
  sleeping,  ///< until its deadline
  ended,
};

/// Names an object in every process of the run: memory by what is mapped and where in it, files by
/// device and inode.
struct Key {
  std::uint64_t space = 0;  ///< a shared mapping, a process' private memory, a device
  std::uint64_t place = 0;
  bool operator==(const Key&) const = default;
};

/// Memory that one process has for itself is a space of its own.
inline constexpr std::uint64_t first_private_space = 1ULL << 33;
inline bool is_private_space(std::uint64_t space) {
  return space >= first_private_space && space < first_private_space + most_threads;
}

struct Object {
  Key key;
  Kind kind = Kind::none;
  std::uint8_t used_by_processes = 0;  ///< up to two are told apart: 0, 1, many
  bool robust = false;                 ///< a mutex that tells when its owner has died
  std::uint16_t owner = nobody;        ///< of a lock: the thread
  std::uint32_t owner_path = nothing;  ///< where that took it
  std::uint32_t first_process = 0;
  std::uint32_t count = 0;  ///< a barrier's arrivals, the number of an atomic's history
  std::uint32_t limit = 0;  ///< of a barrier
  std::uint32_t generation = 0;
  std::uint64_t causes = 0;   ///< hash of what the last change depended on
  std::uint64_t readers = 0;  ///< sum of the hashes of those that have read it since
  char name[40] = {};         ///< for people, if it has one: "/queue", "pipe"
  Clock clock;                ///< what is handed on to who takes from it
};

/// A node of the tree of call paths: the path `parent`, and then the call or the access at `pc`.
struct Path {
  std::uint32_t parent = nothing;
  std::uint64_t pc = 0;
};

struct Thread {
  std::atomic<std::uint32_t> turn{0};  ///< futex: 1 as long as it holds the token
  State state = State::unused;
  std::uint32_t process = 0;
  std::uint32_t parent = nobody;
  std::int32_t pid = 0, tid = 0;
  Op op = Op::none;                             ///< what it is about to do, or waits in
  std::uint32_t object = nothing;               ///< with what
  std::uint32_t path = nothing;                 ///< where
  std::uint32_t partner = nobody;               ///< who could let it go on, if it is known
  std::uint32_t waits_for_condition = nothing;  ///< a notification has to come, not just a change
  std::int64_t deadline = -1;                   ///< of its wait: virtual nanoseconds; -1: none
  bool timed_out = false;                       ///< its wait was ended by the deadline
  bool interrupted = false;                     ///< ... by a signal
  bool spins = false;                           ///< it repeats itself, and nothing has changed
  bool in_kernel = false;      ///< runs on without the token, in a call that cannot be modelled
  std::uint32_t signals = 0;   ///< pending: those whose handlers it has to run, a bit each
  std::uint64_t causes = 0;    ///< hash of all that it depends on
  std::uint64_t priority = 0;  ///< of a randomised strategy
  // The last atomic reads, to recognise who spins.
  std::uint64_t spin_change = 0;
  std::uint64_t spin_hash[4] = {};
  std::uint32_t spin_count = 0;
  std::uint32_t patience = 0;  ///< so often it may spin before others go first
  std::uint32_t began = 0;     ///< its own time when its step began
  Clock clock;
  Clock noted;          ///< what of it stands in the news
  Clock acquire_fence;  ///< what relaxed reads have seen, for a fence to come
  Clock release_fence;  ///< what the last fence releases, by relaxed writes to come
  bool has_release_fence = false;
};

struct Process {
  std::int32_t pid = 0;
  std::uint32_t parent = 0;
  std::uint32_t threads = 0;                              ///< that have not ended
  std::int32_t status = 0;                                ///< as wait(2) gives it
  std::uint32_t end_thread = nobody, end_path = nothing;  ///< if a signal ended it: who and where
  bool alive = false;
  bool foreign = false;  ///< it has called exec and runs free
  std::uint32_t main_thread = nobody;
  char name[16] = {};
};

/// One thing that happened.
struct Step {
  Op op = Op::none;
  std::uint8_t thread = 0;
  std::uint8_t size = 0;     ///< of an access: bytes
  std::uint8_t blocked = 0;  ///< it had to wait
  std::uint32_t object = nothing;
  std::uint32_t path = nothing;
  std::int64_t value = 0;     ///< read or written, or the result of the call
  std::uint64_t address = 0;  ///< of an access: in its process
  std::uint32_t time = 0;     ///< of its thread, when it began
};

/// What a step has come to know: all that `thread` did until its `time` happened before.
struct News {
  std::uint32_t step = 0;  ///< its index
  std::uint32_t thread = 0;
  std::uint32_t time = 0;
};
inline constexpr std::size_t most_news = most_steps;

enum class Choice : std::uint8_t {
  thread,    ///< who goes on: the option is a thread
  waiter,    ///< who is woken
  value,     ///< which store an atomic read sees
  spurious,  ///< whether a wait ends for no reason
  persist,   ///< whether who spins or yields goes on all the same, at first
  kill,      ///< whether a process is killed here
  fault,     ///< whether a call fails, and how
};

/// A place where the run could have gone on otherwise.
struct Decision {
  Choice choice = Choice::thread;
  std::uint8_t options = 0;  ///< how many there were
  std::uint8_t taken = 0;    ///< which it was, from 0
  std::uint8_t cost = 0;     ///< of any option but 0: 1 for a preemption and other rarities
  std::uint32_t step = 0;    ///< how many steps came before
  std::uint64_t state = 0;   ///< hash of the state: equal states have equal futures
};

/// What is chosen where the plan says nothing.
enum class Tail : std::uint8_t {
  run_on,      ///< whoever runs goes on as long as he can
  random,      ///< a random walk in which a thread runs on for a random while
  priorities,  ///< PCT: random priorities, lowered at a few random steps
  turns,       ///< the processes take turns, as the plan says; then as `run_on`
};

/// How long one process runs in `Tail::turns`. Its turn is over early if it has to wait, or ends.
struct Turn {
  std::uint8_t process = 0;  ///< its number
  std::uint8_t steps = 0;    ///< how many; 0: as long as it can
};
inline constexpr std::size_t most_turns = 128;

/// What the explorer wants of a run.
struct Plan {
  std::uint64_t seed = 1;
  Tail tail = Tail::run_on;
  bool weak_memory = true;
  bool spurious = false;                ///< waits may end for no reason
  bool faults = false;                  ///< calls may fail, or do less than they were asked for
  std::uint32_t expected_steps = 0;     ///< PCT: how long a run is
  std::uint32_t depth = 3;              ///< PCT
  std::uint64_t victims = 0;            ///< a bit each: processes that may be killed before a step
  bool deaths_are_rare = true;          ///< a death costs as much as a preemption
  std::uint32_t pause_thread = nobody;  ///< waits before a step, for a debugger
  std::uint32_t pause_step = 0;         ///< ... the first of its steps that has this number or more
  std::uint32_t turns = 0;              ///< how many are given
  Turn turn[most_turns];                ///< who is in none of them runs on whenever he can
  std::uint32_t forced = 0;             ///< how many decisions are given
  std::uint8_t choices[most_decisions];
};

enum class Outcome : std::uint32_t {
  running,
  finished,  ///< all processes have ended
  race,
  deadlock,
  livelock,
  crash,
  wrong_mechanism,
  lock_misuse,
  diverged,  ///< the plan does not fit the program: it does not only depend on its schedule
  full,      ///< a capacity of this segment is used up
  stuck,     ///< something runs, or waits, that the engine does not see
  spoiled,   ///< the program has written over this segment
};

/// How a run ended, and about whom.
struct Verdict {
  Outcome outcome = Outcome::running;
  std::uint32_t thread = nobody;        ///< who was about to do the last step
  std::uint32_t other_thread = nobody;  ///< of a race: who came before
  std::uint32_t path = nothing, other_path = nothing;
  std::uint32_t object = nothing;
  Op op = Op::none, other_op = Op::none;
  std::uint8_t size = 0, other_size = 0;
  bool private_memory = false;
  std::uint32_t region = 0;
  std::uint64_t address = 0;  ///< in the process of `thread`
  std::uint64_t offset = 0;   ///< in the region
  std::int32_t status = 0;    ///< of a crash: as wait(2) gives it
  char text[240] = {};
};

/// Memory that several processes have mapped: what is shadowed here, and not in each process.
struct Region {
  std::uint64_t space = 0;   ///< as in Key
  std::uint64_t first = 0;   ///< offset in the space
  std::uint64_t size = 0;    ///< bytes
  std::uint32_t shadow = 0;  ///< index of its first byte's cell
  char name[40] = {};
};

/// Who touched a byte last, and from where. Where several have read it since, and none of them
/// after all the others, `read` is shared, and `read_path` is the number of the list of them.
struct Cell {
  Mark write, read;
  std::uint16_t write_path = nothing, read_path = nothing;
};
static_assert(sizeof(Cell) == 12);

struct Sharers {
  Epoch read[most_threads];
  std::uint16_t path[most_threads];
};
inline constexpr std::size_t most_sharers = 2048;
inline constexpr std::size_t cells_in_block = 256;

/// A timer: it goes off when virtual time has come so far.
struct Timer {
  std::int64_t deadline = -1;    ///< virtual nanoseconds; -1: it does not run
  std::int64_t interval = 0;     ///< then again and again, if it is not 0
  std::uint64_t count = 0;       ///< how often it went off since somebody has looked
  std::uint32_t process = 0;     ///< whose it is, or
  std::uint32_t descriptor = 0;  ///< the number of the descriptor behind which it is; 0: none
  std::int32_t signal = 0;       ///< that it sends; 0: none
  bool is_alarm = false;         ///< the one of alarm(2) and setitimer(2)
};
inline constexpr std::size_t most_timers = 64;

/// A name that outlives the processes.
struct LitterName {
  std::uint8_t kind = 0;
  std::int32_t id = -1;
  char name[108] = {};
};
inline constexpr std::size_t most_litter = 64;

/// The last stores to an atomic object, oldest first: what a read may still see.
struct History {
  std::uint32_t object = nothing;
  std::uint32_t count = 0;
  std::uint32_t first = 1;         ///< number of stores[0]
  std::uint32_t last_seq_cst = 0;  ///< number of the newest that such an operation has touched
  struct Store {
    std::uint64_t value[2] = {};
    Epoch by;                ///< when it was done; nobody: before all
    bool has_clock = false;  ///< it released something
    Clock clock;             ///< what who acquires it sees
    Clock seen;              ///< for each thread, when it first saw this store or a later one
  } stores[most_stores];
};
inline constexpr std::size_t most_histories = 1024;

struct Control {
  std::uint32_t version = control_version;
  std::atomic<std::uint32_t> ended{0};     ///< futex: 1 when the run is over
  std::atomic<std::uint64_t> progress{0};  ///< rises with every step: the watchdog's
  std::atomic<std::uint32_t> paused{0};    ///< pid of who waits for a debugger
  Plan plan;

  // Everything below begins anew with each run.
  Verdict verdict;
  std::uint32_t holder = nobody;
  std::uint32_t dying = 0;         ///< pid of a process whose end has to be waited for first
  std::uint32_t dying_thread = 0;  ///< the same for a thread
  std::uint32_t last = nobody;     ///< who did the last step
  std::uint32_t threads = 0, processes = 0;  ///< how many there have been
  std::uint32_t objects = 1, paths = 1, steps = 0, decisions = 0, regions = 0, cells = 0;
  std::uint32_t histories = 1, sharers = 1, litter = 0, timers = 0, news = 0;
  std::uint32_t anonymous = 0;  ///< shared anonymous mappings so far
  std::uint64_t changes = 0;    ///< rises whenever something shared changes
  std::uint64_t state = 0;      ///< sum of the threads' hashes
  std::int64_t now = 0;         ///< virtual nanoseconds since the beginning
  std::uint64_t random = 0;
  std::uint32_t run_length = 0;  ///< Tail::random: steps until the next switch
  std::uint32_t turn = 0;        ///< Tail::turns: whose it is, and
  std::uint32_t turn_steps = 0;  ///< the steps that he has taken in it
  std::uint32_t cost = 0;        ///< of all that was chosen
  std::uint32_t preparing = 0;   ///< 1: nothing is left to choose yet; see `begin_preparing`
  std::uint32_t assembled = 0;   ///< who has come to where that ends
  std::uint32_t prepared = 0;    ///< so many steps were done before it was over
  Clock fence;                   ///< of sequentially consistent fences
  Thread thread[most_threads];
  Process process[most_threads];
  Object object[most_objects];
  std::uint32_t object_hash[most_objects * 2];
  Path path[most_paths];
  std::uint32_t path_hash[most_paths * 2];
  Step step[most_steps];
  News news_of[most_news];  ///< in the order of the steps; what does not fit is not told
  Decision decision[most_decisions];
  Region region[most_regions];
  History history[most_histories];
  LitterName litter_name[most_litter];
  Timer timer[most_timers];
  Sharers sharer[most_sharers];
  std::uint8_t touched[most_shared_bytes / cells_in_block];  ///< blocks of cells that are not empty
  Cell cell[most_shared_bytes];
};

}  // namespace interleave
