#pragma once

#include <filesystem>

namespace judge {

/// Removes a directory that a submission has filled: however deep it is, whatever rights it has
/// taken from itself, and without following a link. What cannot be removed stays.
///
/// std::filesystem::remove_all(3) holds a descriptor for each level, and gives up where it may not
/// look in.
void remove_tree(const std::filesystem::path& directory);

}  // namespace judge
