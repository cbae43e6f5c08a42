#include <unistd.h>

#include <algorithm>
#include <exception>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/machine.h"
#include "common/cli/output.h"
#include "common/cli/screen.h"
#include "common/report/layout.h"
#include "common/report/text.h"

namespace cli {

namespace {

using report::Tone;
using State = Feature::State;

constexpr int name_width = 16;  // "message queues" and its distance

void write(report::Page& page, const Feature& feature) {
  const report::Style& style = page.style();
  const bool missing = feature.state == State::missing;
  const std::string mark = feature.state == State::present ? style(Tone::good, "✓")
                           : missing                       ? style(Tone::bad, "✗")
                                                           : style(Tone::caution, "!");
  std::string head = mark + ' ' + report::pad(feature.name, name_width);
  const std::string margin(2 + name_width, ' ');
  const int room = page.width() - 2 - name_width;
  const std::string found = report::clean(feature.found);
  for (const std::string& piece : report::wrap(found.empty() ? "\n" : found, room)) {
    page.line(head + style(missing ? Tone::bad : Tone::plain, piece));
    head = margin;
  }
  page.paragraph(margin, 2 + name_width, feature.cost, Tone::dim);
}

}  // namespace

int doctor(bool colour) {
  std::optional<judge::Kit> kit;
  std::string why_no_kit;
  std::vector<Feature> tools;
  try {
    kit = judge::Kit::of_this_program();
    tools = look_at_tools(kit, "");
  } catch (const std::exception& problem) {
    kit.reset();
    tools = look_at_tools(kit, problem.what());
  }

  const Screen screen = Screen::of(STDOUT_FILENO, colour);
  report::Page page(screen.colour, screen.columns);
  const report::Style& style = page.style();
  bool possible = true;
  bool all_present = true;
  for (const std::vector<Feature>& group : {look_at_kernel(), look_at_resources(), tools}) {
    page.blank();
    for (const Feature& feature : group) {
      write(page, feature);
      possible = possible && feature.state != State::missing;
      all_present = all_present && feature.state == State::present;
    }
  }
  page.blank();
  page.line(!possible     ? style(Tone::bad, "This machine cannot grade yet: see ✗ above.")
            : all_present ? style(Tone::good, "This machine has all that grading can use.")
                          : style(Tone::strong, "This machine can grade; ! marks what it lacks."));
  page.blank();
  print(screen.fd, page.take());
  return possible ? full_marks : grader_failed;
}

}  // namespace cli
