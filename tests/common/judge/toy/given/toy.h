#pragma once

#include <string>
#include <string_view>

/// The interface of a lab that only the tests have: one function, which does whatever a test needs
/// a student's code to do.
namespace lab {

/// Plays a scene.
/// @param scene  which one: a submission may know several.
/// @param in     a descriptor to read from; -1 if the test gave none.
/// @param out    a descriptor to write to; -1 if the test gave none.
/// @returns what the judge is told.
std::string act(std::string_view scene, int in, int out);

}  // namespace lab
