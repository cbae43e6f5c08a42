#pragma once

namespace subject {

/// From now on a fatal signal, and the judge's question `where_are_you`, make any process of this
/// role (its children too, until they exec) send a `trace` to `control`.
void trace_signals_to(int control);

}  // namespace subject
