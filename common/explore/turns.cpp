#include "common/explore/turns.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace explore {

namespace {

constexpr int most_steps_of_a_turn = 255;

std::string quoted_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

// What a person typed, short and without what a terminal would obey.
std::string shown(const std::string& word) {
  std::string text;
  for (const char c : word.substr(0, 40)) {
    text += c >= ' ' && c <= '~' ? c : '?';
  }
  return "'" + text + "'";
}

}  // namespace

std::vector<interleave::Turn> turns_from(std::string_view text,
                                         const std::vector<std::string>& names) {
  std::vector<interleave::Turn> turns;
  std::istringstream lines{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name, count, more;
    if (!(words >> name)) continue;
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) {
      throw BadTurns(number, "a line begins with the name of a process. Here those are " +
                                 quoted_names(names) + ", and not " + shown(name));
    }
    interleave::Turn turn;
    turn.process = static_cast<std::uint8_t>(at - names.begin());
    if (words >> count) {
      int steps = 0;
      const char* end = count.data() + count.size();
      const auto [rest, error] = std::from_chars(count.data(), end, steps);
      if (error != std::errc{} || rest != end || steps < 1 || steps > most_steps_of_a_turn) {
        throw BadTurns(number, "behind the name stands how many steps, a number from 1 to " +
                                   std::to_string(most_steps_of_a_turn) + ", and not " +
                                   shown(count));
      }
      turn.steps = static_cast<std::uint8_t>(steps);
    }
    if (words >> more) {
      throw BadTurns(
          number,
          "a line holds a name and a number, and then nothing more; here comes " + shown(more));
    }
    if (turns.size() == interleave::most_turns) {
      throw BadTurns(number,
                     "a schedule has at most " + std::to_string(interleave::most_turns) + " turns");
    }
    turns.push_back(turn);
  }
  return turns;
}

}  // namespace explore
