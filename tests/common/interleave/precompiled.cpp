// Nothing of its own: precompiled.h needs a source to be compiled with.
