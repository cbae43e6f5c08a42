#pragma once

namespace interleave {

/// Code in the same object file as this address belongs to the program that is explored.
void add_program_text(const void* somewhere_in_it);

}  // namespace interleave
