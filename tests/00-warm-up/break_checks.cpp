#include "common/judge/check.h"

using namespace judge;

/// Part C: schedules that the student has written, for programs of ours.

CHECK(Break, Tickets, part('C'), synchronisation, points(7),
      "a schedule in which two people get the same number") {
  break_program("tickets", {"main", "left", "right"}, "tickets.schedule", "Part C: break it");
}

CHECK(Break, Room, part('C'), synchronisation, points(8),
      "a schedule in which somebody is not alone in the room") {
  break_program("room", {"main", "left", "right"}, "room.schedule", "Part C: break it");
}

CHECK(Break, Forks, part('C'), synchronisation, points(7), "a schedule in which both starve") {
  break_program("forks", {"main", "left", "right"}, "forks.schedule", "Part C: break it");
}

CHECK(Break, Bell, part('C'), synchronisation, points(8),
      "a schedule in which nobody hears the bell") {
  break_program("bell", {"main", "left", "right"}, "bell.schedule", "Part C: break it");
}
