#include "common/report/lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/report/html.h"

namespace report {

using explore::Row;
using explore::Story;

namespace {

// All measures are in sixteenths of a rem, so that the lines fit the text whatever its size is.
constexpr int number_width = 56;
constexpr int gutter = 40;  // between two boxes; what runs down there crosses no text
constexpr int gap_height = 30;
constexpr int letter = 8;  // how wide one is at most, on the average
constexpr int letter_of_code = 8;
constexpr int turn = 6;   // the radius of an arrow's bends
constexpr int apart = 5;  // an arrow comes in above the middle of a box, and leaves below
constexpr int head = 7;
constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
// Of more rows than can be shown: so many from the beginning, and so many that are decisive,
// wherever they are; the rest from the end.
constexpr std::size_t first_shown = 100, decisive_shown = 100;
// An arrow is drawn anew behind each row that it passes. So many pieces there are at most; the
// longest arrows are left out first.
constexpr std::size_t most_pieces = 20'000;

std::string rem(int sixteenths) { return fmt::format("{:g}rem", sixteenths / 16.0); }

/// A line of the table: a step, or some that are folded.
struct Entry {
  const Row* row = nullptr;
  std::size_t folded = 0;
  int height = gap_height;
};

/// What connects two steps of different actors.
struct Link {
  std::size_t from = 0, to = 0;            // entries
  std::size_t from_lane = 0, to_lane = 0;  // of those that are shown
  bool ordered = true;                     // one happens before the other; or there is no order
  int x = 0;                               // where it runs down
};

/// Which rows are shown, by their indices.
std::vector<bool> choose(const Story& story, Steps steps) {
  const auto is_wanted = [&](const Row& row) {
    return row.actor < story.actors.size() && (steps == Steps::all || row.matters);
  };
  const auto wanted =
      static_cast<std::size_t>(std::count_if(story.rows.begin(), story.rows.end(), is_wanted));
  std::vector<bool> shown(story.rows.size());
  std::size_t number = 0, decisive = 0;
  for (std::size_t i = 0; i < story.rows.size(); ++i) {
    const Row& row = story.rows[i];
    if (!is_wanted(row)) continue;
    ++number;
    shown[i] = number <= first_shown ||
               number + most_shown > wanted + first_shown + decisive_shown ||
               wanted <= most_shown || (row.decisive && ++decisive <= decisive_shown);
  }
  return shown;
}

class Lanes {
 public:
  Lanes(const Story& story, Steps steps) : story_(story) {
    choose_rows(steps);
    choose_lanes();
    look_for_one_file();
    measure();
    connect();
    spread();
  }

  [[nodiscard]] int width() const { return number_width + across() + code_width_; }

  [[nodiscard]] std::string table() const {
    std::string text = fmt::format(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"The schedule\">\n"
        "<table class=\"lanes\" style=\"min-width:{}\">\n"
        "<caption class=\"unseen\">The schedule from its beginning to its end: a row for each "
        "step, "
        "a column for each process or thread</caption>\n<colgroup><col style=\"width:{}\">",
        rem(width()), rem(number_width));
    for (std::size_t i = 0; i < shown_.size(); ++i) {
      text += fmt::format("<col style=\"width:{}\">", rem(lane_));
    }
    text += "<col></colgroup>\n<thead><tr><th scope=\"col\">step</th>";
    for (const std::size_t actor : shown_) {
      text += "<th scope=\"col\">" + html(story_.actors[actor]) + "</th>";
    }
    text += "<th scope=\"col\" class=\"code\">" + (file_.empty() ? "in the program" : html(file_)) +
            "</th></tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < entries_.size(); ++i) text += line(i);
    return text + "</tbody></table></div>\n";
  }

 private:
  void choose_rows(Steps steps) {
    const std::vector<bool> chosen = choose(story_, steps);
    entry_of_.resize(story_.rows.size());
    for (std::size_t i = 0; i < story_.rows.size(); ++i) {
      const Row& row = story_.rows[i];
      if (row.actor >= story_.actors.size()) continue;
      const bool shown = chosen[i];
      if (shown || entries_.empty() || entries_.back().row != nullptr) entries_.emplace_back();
      if (shown) {
        entries_.back().row = &row;
      } else {
        ++entries_.back().folded;
      }
      entry_of_[i] = entries_.size() - 1;
      gone_[row.actor] = row.ends ? entries_.size() - 1 : nowhere;
      born_.try_emplace(row.actor, row.actor == 0 ? 0 : entries_.size() - 1);
    }
  }

  void choose_lanes() {
    for (std::size_t actor = 0; actor < story_.actors.size(); ++actor) {
      if (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return entry.row != nullptr && entry.row->actor == actor;
          })) {
        lane_of_[actor] = shown_.size();
        shown_.push_back(actor);
      }
    }
  }

  // If all is in one file, its name need not be said at each step.
  void look_for_one_file() {
    for (const Row& row : story_.rows) {
      if (row.line.number == 0) continue;
      if (!file_.empty() && file_ != row.line.file) {
        file_.clear();
        return;
      }
      file_ = row.line.file;
    }
  }

  // Wide enough for what is said in one line, within reason.
  void measure() {
    int widest = 0;
    for (const Entry& entry : entries_) {
      if (entry.row == nullptr) continue;
      widest = std::max(
          {widest, display_width(clean(entry.row->what, Lines::join)),
           file_.empty() ? display_width(clean(entry.row->line.file, Lines::join)) + 6 : 10});
      code_width_ = std::max(
          code_width_, display_width(clean(entry.row->line.text, Lines::join)) * letter_of_code);
    }
    lane_ = std::clamp(widest * letter + 24 + gutter, 152, 312);
    code_width_ = std::clamp(code_width_ + 24, 96, 480);
    const int letters = (lane_ - gutter - 24) / letter;
    for (Entry& entry : entries_) {
      if (entry.row == nullptr) continue;
      const auto lines = static_cast<int>(
          std::max<std::size_t>(1, wrap(clean(entry.row->what, Lines::join), letters).size()));
      const int place = entry.row->line.number == 0 ? 0 : 16;
      entry.height = entry.row->matters ? 24 + 20 * lines + place : 12 + 18 * lines + place;
    }
  }

  void connect() {
    for (std::size_t i = 0; i < story_.rows.size(); ++i) {
      const Row& row = story_.rows[i];
      if (row.after && *row.after < i) add_link(*row.after, i, true);
    }
    // The two accesses of a data race: that nothing orders them is what is wrong.
    const std::size_t count = story_.rows.size();
    if (story_.kind == "data-race" && count >= 2 && story_.rows[count - 1].decisive &&
        story_.rows[count - 2].decisive) {
      add_link(count - 2, count - 1, false);
    }
    const auto length = [](const Link& link) { return link.to - link.from; };
    std::stable_sort(links_.begin(), links_.end(),
                     [&](const Link& a, const Link& b) { return length(a) < length(b); });
    std::size_t pieces = 0, kept = 0;
    while (kept < links_.size() && (pieces += length(links_[kept])) <= most_pieces) ++kept;
    links_.resize(kept);
  }

  void add_link(std::size_t from, std::size_t to, bool ordered) {
    const auto from_lane = lane_of_.find(story_.rows[from].actor);
    const auto to_lane = lane_of_.find(story_.rows[to].actor);
    if (from_lane == lane_of_.end() || to_lane == lane_of_.end()) return;
    if (from_lane == to_lane || entries_[entry_of_[to]].row == nullptr) return;
    links_.push_back({entry_of_[from], entry_of_[to], from_lane->second, to_lane->second, ordered});
  }

  // Each runs down beside the box that it leads to. Those that would lie on each other there are
  // moved apart; those that come from the same step may share their way.
  void spread() {
    std::stable_sort(links_.begin(), links_.end(),
                     [](const Link& a, const Link& b) { return a.from < b.from; });
    std::map<std::size_t, std::vector<std::size_t>> busy_until;  // by gutter: of each track in it
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> track_of;  // by gutter and source
    for (Link& link : links_) {
      const std::size_t place = link.from_lane < link.to_lane ? link.to_lane : link.to_lane + 1;
      auto& tracks = busy_until[place];
      const auto shared = track_of.find({place, link.from});
      std::size_t track = 0;
      if (link.ordered && shared != track_of.end()) {
        track = shared->second;
      } else {
        while (track < tracks.size() && tracks[track] > link.from) ++track;
        if (track == tracks.size()) tracks.push_back(0);
        if (link.ordered) track_of[{place, link.from}] = track;
      }
      tracks[track] = std::max(tracks[track], link.to);
      constexpr int offsets[] = {0, -6, 6, -12, 12};
      link.x = static_cast<int>(place) * lane_ + offsets[track % std::size(offsets)];
    }
  }

  [[nodiscard]] int across() const { return static_cast<int>(shown_.size()) * lane_; }
  [[nodiscard]] int middle(std::size_t lane) const {
    return static_cast<int>(lane) * lane_ + lane_ / 2;
  }

  // What of the lines lies behind one entry. It is drawn piece by piece, so that a page break or a
  // text that is higher than we thought tears nothing apart.
  [[nodiscard]] std::string lines_behind(std::size_t index) const {
    const Entry& entry = entries_[index];
    const int height = entry.height, centre = height / 2;
    std::string text = fmt::format(
        "<svg aria-hidden=\"true\" style=\"width:{}\" viewBox=\"0 0 {} {}\" "
        "preserveAspectRatio=\"none\">",
        rem(across()), across(), height);
    for (std::size_t lane = 0; lane < shown_.size(); ++lane) {
      const std::size_t born = born_.at(shown_[lane]);
      const std::size_t gone = gone_.at(shown_[lane]);
      if (index < born || index > gone) continue;
      const bool begins = index == born && shown_[lane] != 0;
      text += fmt::format("<path class=\"life{}\" d=\"M{} {}V{}\"/>",
                          entry.row == nullptr ? " folded" : "", middle(lane), begins ? centre : 0,
                          index == gone ? centre : height + 1);
    }
    for (const Link& link : links_) {
      const std::string kind = link.ordered ? "before" : "race";
      const int way = link.from_lane < link.to_lane ? 1 : -1;
      const int half = entry.row == nullptr ? 0 : (lane_ - gutter) / 2;
      if (link.from < index && index < link.to) {
        text += fmt::format("<path class=\"{}\" d=\"M{} 0V{}\"/>", kind, link.x, height + 1);
      } else if (link.from == index) {
        const int x = middle(link.from_lane) + way * half, y = centre + (half > 0 ? apart : 0);
        if (half == 0)
          text += fmt::format("<circle class=\"before\" cx=\"{}\" cy=\"{}\" r=\"3\"/>", x, y);
        text += fmt::format("<path class=\"{}\" d=\"M{} {}H{}Q{} {} {} {}V{}\"/>", kind, x, y,
                            link.x - way * turn, link.x, y, link.x, y + turn, height);
      } else if (link.to == index) {
        const int x = middle(link.to_lane) - way * half, y = centre - apart;
        text += fmt::format("<path class=\"{}\" d=\"M{} 0V{}Q{} {} {} {}H{}\"/>", kind, link.x,
                            y - turn, link.x, y, link.x + way * turn, y,
                            x - way * (link.ordered ? head : 0));
        if (link.ordered) {
          text += fmt::format("<path class=\"head\" d=\"M{} {}l{} -4v8z\"/>", x, y, -way * head);
        }
      }
    }
    return text + "</svg>";
  }

  [[nodiscard]] std::string box(const Row& row) const {
    std::string text = "<div class=\"step\"><span class=\"what\">" + html(row.what) + "</span>";
    if (row.line.number != 0) {
      const std::string file = html(row.line.file);
      text +=
          file_.empty()
              ? fmt::format(
                    "<span class=\"unseen\">, </span><span class=\"at\"><span>{}</span>:{}</span>",
                    file, row.line.number)
              : fmt::format(
                    "<span class=\"unseen\">, </span><span class=\"at\" title=\"{0}:{1}\">line "
                    "{1}</span>",
                    file, row.line.number);
    }
    if (row.after && *row.after < story_.rows.size()) {
      const Row& before = story_.rows[*row.after];
      if (before.actor < story_.actors.size()) {
        text += fmt::format("<span class=\"unseen\">, after step {} of {}</span>", before.number,
                            html(story_.actors[before.actor]));
      }
    }
    return text + "</div>";
  }

  [[nodiscard]] std::string line(std::size_t index) const {
    const Entry& entry = entries_[index];
    std::string kind, number, note;
    if (entry.row == nullptr) {
      kind = "folded";
      number = "<span aria-hidden=\"true\">\u00b7\u00b7\u00b7</span>";
      note = entry.folded == 1 ? "1 other step" : fmt::format("{} other steps", entry.folded);
    } else {
      kind = entry.row->decisive ? "decisive" : entry.row->matters ? "matters" : "faint";
      if (entry.row->decisive) {
        number =
            "<span aria-hidden=\"true\">\u25b8 </span><span class=\"unseen\">decisive: </span>";
      }
      number += std::to_string(entry.row->number);
      if (!entry.row->line.text.empty()) {
        const std::string code = html(entry.row->line.text);
        note = fmt::format("<code title=\"{0}\">{0}</code>", code);
      }
    }
    std::string text = fmt::format("<tr class=\"{}\" style=\"height:{}\"><th scope=\"row\">{}</th>",
                                   kind, rem(entry.height), number);
    for (std::size_t lane = 0; lane < shown_.size(); ++lane) {
      text += "<td>";
      if (lane == 0) text += lines_behind(index);
      if (entry.row != nullptr && entry.row->actor == shown_[lane]) text += box(*entry.row);
      text += "</td>";
    }
    return text + "<td class=\"code\">" + note + "</td></tr>\n";
  }

  const Story& story_;
  std::vector<Entry> entries_;
  std::vector<std::size_t> entry_of_;        // by row
  std::map<std::size_t, std::size_t> born_;  // by actor: its first entry
  std::map<std::size_t, std::size_t> gone_;  // and the one in which it ends, if it does
  std::vector<std::size_t> shown_;           // actors: the lanes
  std::map<std::size_t, std::size_t> lane_of_;
  std::vector<Link> links_;
  std::string file_;  // that all steps are in; empty: they are in several
  int lane_ = 0, code_width_ = 0;
};

}  // namespace

std::size_t shown_in_lanes(const Story& story, Steps steps) {
  const std::vector<bool> shown = choose(story, steps);
  return static_cast<std::size_t>(std::count(shown.begin(), shown.end(), true));
}

std::string lanes_of(const Story& story, Steps steps) { return Lanes(story, steps).table(); }

double width_of_lanes(const Story& story, Steps steps) {
  return Lanes(story, steps).width() / 16.0;
}

}  // namespace report
