#pragma once

namespace subject {

/// The life of a role's process, from the zygote's fork to its end: load the submission, wait, run
/// the role's body, wait, leave. Never returns into the zygote.
/// @param control  the socket to the judge.
/// @param library  descriptor of the shared object that holds the submission and the roles.
[[noreturn]] void live_as_role(int control, int library);

}  // namespace subject
