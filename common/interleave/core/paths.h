#pragma once

namespace interleave {

/// Code in the same object file as this address belongs to the program that is explored, as far as
/// it was linked before the engine.
void add_program_text(const void* somewhere_in_it);

/// Marks where the engine's own code begins; does nothing.
void where_the_engine_begins();

}  // namespace interleave
