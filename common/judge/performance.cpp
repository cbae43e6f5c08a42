#include "common/judge/performance.h"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <set>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/judge/autopsy.h"
#include "common/judge/player.h"
#include "common/judge/processes.h"
#include "common/judge/subject.h"
#include "common/judge/zygote_link.h"

namespace judge {

using ipc::UniqueFd;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using subject::FaultPage;
using subject::News;
using subject::Order;
using subject::ZygoteNews;

namespace {

constexpr std::uint64_t most_memory = 1ULL << 30;
/// So often does a check act when all is quiet: one that always sees something to do would do it
/// for ever.
constexpr std::size_t most_acts = 1000;
/// The watchdog, for what nobody foresaw: nobody runs, and it cannot be said why.
constexpr std::chrono::seconds longest_riddle{30};
/// How long the children of a role that has finished may take to come to rest.
constexpr std::chrono::seconds longest_unrest{5};

// Until every thread of it has noticed that it is stopped; a busy machine may take its time.
void await_stop(pid_t pid) {
  const auto stands = [&] {
    const auto threads = threads_of(pid);
    return std::all_of(threads.begin(), threads.end(), [](const ThreadState& thread) {
      return thread.state != 'R' && thread.state != 'S';
    });
  };
  for (int look = 0; look < 1000 && !stands(); ++look) ::poll(nullptr, 0, look < 20 ? 0 : 1);
}

/// One run, from the first fork to the last trace of it.
class Performance : public Observer {
 public:
  Performance(ZygoteLink& zygote, Scenario scenario)
      : zygote_(zygote), scenario_(std::move(scenario)) {
    for (Cast& cast : scenario_.roles) players_.push_back(std::make_unique<Player>(cast));
  }

  RunResult run() {
    play();
    end();
    return collect();
  }

  /// Nothing of the run is left in the sandbox.
  [[nodiscard]] bool left_nothing() const { return left_nothing_; }

  // Observer
  UniqueFd open(const std::string& path, int flags) override {
    zygote_.order(Order::open, static_cast<std::uint32_t>(flags), {}, path);
    UniqueFd opened;
    ZygoteNews news;
    while ((news = zygote_.next_news(&opened)).news != News::opened) take(news);
    if (news.status != 0) throw NotThere(path, news.status);
    struct stat status {};
    ::fstat(opened.get(), &status);
    if (!S_ISFIFO(status.st_mode) && !S_ISREG(status.st_mode)) throw NotThere(path, ENXIO);
    return opened;
  }
  bool finished(Role role) const override { return player(role).finished; }
  const RoleResult& so_far(Role role) const override { return player(role).result; }
  void let_go(Role role) override { const_cast<Player&>(player(role)).go(); }
  void let_all_go() override {
    for (const auto& player : players_) player->go();
  }
  void signal(Role role, int number) override { player(role).signal(number); }
  void kill(Role role) override { player(role).signal(SIGKILL); }

 private:
  void play() {
    cpu_before_ = cpu_ms_of_reaped(zygote_.pid());
    for (std::size_t i = 0; i < players_.size(); ++i) {
      players_[i]->start(zygote_, static_cast<std::uint32_t>(i));
    }
    loop([&] {
      return std::all_of(players_.begin(), players_.end(),
                         [](const auto& p) { return p->ready || p->exited; });
    });
    for (const auto& player : players_) {
      if (over_ || !player->ready) continue;
      if (const pid_t pid = outside(*player); pid > 0 && player->meet(pid)) player->go();
    }
    loop([&] {
      return std::all_of(players_.begin(), players_.end(), [](const auto& p) { return p->exited; });
    });
    if (!over_) look_for_strays();
  }

  [[nodiscard]] const Player& player(Role role) const {
    for (const auto& player : players_) {
      if (player->result.role == role.name) return *player;
    }
    throw std::logic_error(std::string("no role ") + role.name + " in this scenario");
  }

  // Its pid as we see it; -1 if it has ended. A list of processes that is read while others come
  // and go may miss one: then it is read again.
  pid_t outside(const Player& player) {
    while (true) {
      for (const ProcessState& process : processes_below(zygote_.pid())) {
        if (process.pid_inside == player.pid_inside) return process.pid;
      }
      step(milliseconds{1});
      if (player.exited) return -1;
    }
  }

  // Runs until `until`, or until the run is over because it cannot go on.
  template <class Until>
  void loop(Until until) {
    constexpr milliseconds between_looks{200};
    std::optional<Stillness> before;
    auto last_look = steady_clock::now();
    std::uint64_t last_cpu = result_.used.cpu_ms;
    milliseconds riddle{0};
    milliseconds patience{1};
    while (!over_ && !until()) {
      if (step(patience)) {
        before.reset();
        patience = milliseconds{1};
        // Whoever talks all the time is looked at all the same.
        if (steady_clock::now() - last_look < between_looks) continue;
      }
      // If it is we who were not let run, that is not their sleep.
      const auto since = std::min(
          between_looks, std::chrono::duration_cast<milliseconds>(steady_clock::now() - last_look));
      last_look = steady_clock::now();
      Stillness now = look(zygote_.pid());
      enforce_limits(now);
      if (over_) break;
      const bool still =
          before && everybody_is_in(now) && same(*before, now) && !step(milliseconds{0});
      const bool timed = now.all_blocked && timers_set();
      const bool nobody_can = now.all_blocked && !timed;
      const bool quiet = nobody_can || (scenario_.timeouts && (now.only_timers || timed));
      if (still && quiet && !in_transit()) {
        if (scenario_.quiet && acts_ < most_acts && scenario_.quiet(*this)) {
          ++acts_;
          before.reset();
          continue;
        }
        // The check may have done something after all, which failed.
        if (step(milliseconds{0}) || !same(now, look(zygote_.pid()))) {
          before.reset();
          continue;
        }
        result_.deadlock = nobody_can;
      }
      // It is enough that all of them slept when we looked: who naps a little, again and again, or
      // does something between two naps, sleeps as well.
      const bool sleep = now.only_timers || timed || (now.unknown && still);
      if (sleep) result_.used.sleep += since;
      const bool moved = std::exchange(last_cpu, result_.used.cpu_ms) != result_.used.cpu_ms;
      const bool explained = moved || sleep || now.all_blocked || now.runnable;
      riddle = explained ? milliseconds{0} : riddle + since;
      result_.too_long = result_.used.sleep > scenario_.budget.sleep || riddle > longest_riddle;
      over_ = result_.deadlock || result_.too_long;
      if (over_) perform_autopsy(now);
      before = std::move(now);
      patience = std::min(patience * 2, milliseconds{50});
    }
  }

  // A list of processes that is read while they come and go may miss one.
  [[nodiscard]] bool everybody_is_in(const Stillness& now) const {
    return std::all_of(players_.begin(), players_.end(), [&](const auto& player) {
      return player->exited ||
             std::any_of(now.processes.begin(), now.processes.end(), [&](const auto& process) {
               return process.pid_inside == player->pid_inside;
             });
    });
  }

  // Waits for anything to happen, and takes what has; false if nothing did.
  bool step(milliseconds patience) {
    std::vector<pollfd> events{{zygote_.socket(), POLLIN, 0}};
    for (const auto& player : players_) {
      events.push_back({player->control.get(), POLLIN, 0});
      events.push_back({player->output.get(), POLLIN, 0});
    }
    for (const Peer* peer : scenario_.peers) events.push_back(peer->interest());
    const int ready = ::poll(events.data(), events.size(), static_cast<int>(patience.count()));
    if (ready <= 0) return false;
    if (events[0].revents != 0) take(zygote_.next_news());
    for (std::size_t i = 0; i < players_.size(); ++i) {
      if (events[1 + 2 * i].revents != 0) players_[i]->listen();
      if (events[2 + 2 * i].revents != 0) players_[i]->read_output();
    }
    for (std::size_t i = 0; i < scenario_.peers.size(); ++i) {
      if (events[1 + 2 * players_.size() + i].revents != 0) scenario_.peers[i]->act();
    }
    // Who has come to the end of his body leaves at once: others may wait for his descriptors to be
    // closed. He is stopped before he is looked at, and not left to go on: that the work is done is
    // a claim, and what is done after the look would not be seen.
    for (const auto& player : players_) {
      if (!player->finished || player->exited || std::exchange(player->inspected, true)) continue;
      player->signal(SIGSTOP);
      await_stop(player->pid);
      inspect(*player);
      player->signal(SIGKILL);
    }
    return true;
  }

  void take(const ZygoteNews& news) {
    if (news.news == News::litter) {
      result_.litter.emplace_back(news.name, ::strnlen(news.name, sizeof news.name));
      return;
    }
    if (news.news == News::ended) {
      ended_ = true;
      left_nothing_ = news.status == 0;
    }
    if (news.index >= players_.size()) return;
    Player& player = *players_[news.index];
    if (news.news == News::started) player.pid_inside = news.pid;
    if (news.news == News::exited) {
      if (news.pid <= 0) throw std::runtime_error("the zygote cannot fork");
      player.listen();
      player.read_output();
      player.exited = true;
      player.result.status = player.inspected ? 0 : news.status;
    }
  }

  [[nodiscard]] bool between_hosts() const { return scenario_.network == Network::two_hosts; }

  [[nodiscard]] bool in_transit() const {
    return between_hosts() && zygote_.far_host().in_transit(zygote_.pid());
  }

  [[nodiscard]] bool timers_set() const {
    if (between_hosts() && kernel_has_timers(zygote_.pid())) return true;
    return std::any_of(players_.begin(), players_.end(),
                       [](const auto& player) { return player->faults.page().timers.load() != 0; });
  }

  void enforce_limits(const Stillness& now) {
    result_.used.cpu_ms = cpu_ms(zygote_.pid(), now) - cpu_before_;
    std::uint64_t memory = 0;
    for (const ProcessState& process : now.processes) memory += process.memory;
    result_.livelock = result_.used.cpu_ms > scenario_.budget.cpu_ms;
    result_.too_much_memory = memory > most_memory;
    over_ = result_.livelock || result_.too_much_memory;
    if (result_.livelock) perform_autopsy(now);
  }

  void perform_autopsy(const Stillness& now) {
    std::set<pid_t> done;
    for (const auto& player : players_) {
      if (player->finished) done.insert(player->pid);
    }
    result_.autopsy.sentences = explain(now, scenario_.peers, done);
    // Those that still run our subject can say where they stand.
    std::size_t asked = 0;
    for (const ProcessState& process : now.processes) {
      if (process.is_role_program && !process.zombie && !done.contains(process.pid)) {
        ::kill(process.pid, SIGCONT);
        if (::kill(process.pid, subject::where_are_you) == 0) ++asked;
      }
    }
    const auto answers = [&] {
      std::size_t count = 0;
      for (const auto& player : players_) count += player->traces.size();
      return count;
    };
    const std::size_t before = answers();
    // Who has blocked the question does not answer.
    const auto end = steady_clock::now() + std::chrono::seconds{5};
    while (answers() < before + asked && steady_clock::now() < end) step(milliseconds{20});
    for (const ProcessState& process : now.processes) {
      for (const auto& player : players_) {
        for (const auto& trace : player->traces) {
          if (trace.signal != 0 || trace.pid != process.pid_inside) continue;
          // Where a process waits is the same each time. Where one that runs was met is chance: of
          // that only the function is told that it does not come out of.
          auto places = result_.livelock
                            ? zygote_.symbolizer().functions(player->base, trace.addresses)
                            : zygote_.symbolizer().places(player->base, trace.addresses);
          if (places.empty()) continue;
          Place place = result_.livelock ? places.back() : places.front();
          place.text = "`" + process.name +
                       (result_.livelock ? "` does not come out of " : "` is here, in ") +
                       place.text;
          result_.autopsy.where.push_back(std::move(place));
        }
      }
    }
  }

  // A role has come to the end of its body: what has it left behind?
  void inspect(Player& player) {
    for (const OpenFile& file : open_files(player.pid)) {
      const bool was_open = std::any_of(
          player.open_before.begin(), player.open_before.end(),
          [&](const OpenFile& b) { return b.fd == file.fd && b.object == file.object; });
      if (!was_open) player.result.leaks.push_back({file.fd, description_of(file)});
    }
    player.result.mappings = shared_mappings(player.pid);
    for (const ProcessState& process : at_rest(player)) {
      if (process.pid == player.pid) {
        player.result.threads = static_cast<int>(process.threads.size());
      }
      if (process.parent != player.pid) continue;
      player.result.children.push_back("`" + process.name + "`" +
                                       (process.zombie ? " (a zombie)" : " (still running)"));
    }
  }

  // The processes of the run when the children of `player` have come to rest: a child that is about
  // to end is a zombie each time, and not only when the judge looks late.
  std::vector<ProcessState> at_rest(const Player& player) {
    const auto end = steady_clock::now() + longest_unrest;
    std::vector<ProcessState> before = processes_below(zygote_.pid());
    while (true) {
      const auto runs = [&](const ProcessState& process) {
        return process.parent == player.pid && !process.zombie;
      };
      if (std::none_of(before.begin(), before.end(), runs)) return before;
      ::poll(nullptr, 0, 2);
      std::vector<ProcessState> now = processes_below(zygote_.pid());
      const bool blocked = std::all_of(now.begin(), now.end(), [&](const ProcessState& process) {
        return !runs(process) ||
               std::all_of(process.threads.begin(), process.threads.end(),
                           [](const ThreadState& thread) { return thread.state != 'R'; });
      });
      if ((blocked && now == before) || steady_clock::now() > end) return now;
      before = std::move(now);
    }
  }

  void look_for_strays() {
    for (const ProcessState& process : processes_below(zygote_.pid())) {
      if (!process.zombie) result_.strays.push_back("`" + process.name + "`");
    }
  }

  void end() {
    zygote_.order(Order::end, 0);
    while (!ended_) take(zygote_.next_news());
    for (Peer* peer : scenario_.peers) peer->run_ended();
    for (const auto& player : players_) {
      player->listen();
      player->read_output();
    }
  }

  RunResult collect() {
    result_.used.cpu_ms = cpu_ms_of_reaped(zygote_.pid()) - cpu_before_;
    for (const auto& player : players_) {
      const FaultPage& page = player->faults.page();
      for (std::size_t i = 0; i < player->result.met.size(); ++i) {
        player->result.met[i] = page.met[i].load();
      }
      player->result.shell_calls = page.shell_calls.load();
      for (const auto& trace : player->traces) {
        if (trace.signal == 0 || !player->result.crash.empty()) continue;
        player->result.crash = zygote_.symbolizer().places(player->base, trace.addresses);
      }
      result_.roles.push_back(std::move(player->result));
    }
    return std::move(result_);
  }

  ZygoteLink& zygote_;
  Scenario scenario_;
  std::vector<std::unique_ptr<Player>> players_;
  RunResult result_;
  std::uint64_t cpu_before_ = 0;
  std::size_t acts_ = 0;  // of the check, when all was quiet
  bool over_ = false;
  bool ended_ = false;
  bool left_nothing_ = false;
};

}  // namespace

RunResult perform(ZygoteLink& zygote, Scenario scenario) {
  Performance performance(zygote, std::move(scenario));
  try {
    RunResult result = performance.run();
    if (!performance.left_nothing()) zygote.start_again();
    return result;
  } catch (...) {  // a run that a check has left by an exception
    zygote.start_again();
    throw;
  }
}

}  // namespace judge
