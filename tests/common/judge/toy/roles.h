#pragma once

/// The roles of the toy lab; written as in a lab's checks, and shared by several tests.

#include <unistd.h>

#include <cstring>

#include "common/judge/check.h"
#include "toy.h"

// NOLINTBEGIN(misc-definitions-in-headers): the subject is built from one file that includes this.

/// Plays the scene that it is given, and reports what came of it as "said".
ROLE(actor) { me.report("said", lab::act(me.text("scene"), me.fd("in"), me.fd("out"))); }

/// The same without descriptors.
ROLE(soloist) { me.report("said", lab::act(me.text("scene"), -1, -1)); }

/// Plays a scene, waits for the judge, and plays it again.
ROLE(patient) {
  me.report("said", lab::act(me.text("scene"), -1, -1));
  me.wait_for_judge();
  me.report("said", lab::act(me.text("scene"), -1, -1));
}

/// Two more that play scenes with each other.
ROLE(partner) { me.report("said", lab::act(me.text("scene"), me.fd("in"), me.fd("out"))); }
ROLE(third) { me.report("said", lab::act(me.text("scene"), -1, -1)); }

/// What exec(3) of `greet` starts where schedules are explored.
PROGRAM(greet) {
  const char* name = argc > 1 ? argv[1] : "nobody";
  return ::write(1, name, std::strlen(name)) > 0 ? 7 : 1;
}

/// Sends back what it was given to send.
ROLE(echo) { me.report("said", me.payload()); }

// NOLINTEND(misc-definitions-in-headers)
