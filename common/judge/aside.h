#pragma once

#include <functional>
#include <string>

namespace judge {

/// Runs `work` in a child process that has little to lose, and returns the text that it returned.
///
/// It is for libraries that read what a submission has made, such as names and debugging
/// information, and that do not expect an enemy there. If the child crashes, or needs more than a
/// second of CPU time or much memory, the text is empty; of a long text only the beginning comes.
/// The caller has one thread.
std::string aside(const std::function<std::string()>& work);

}  // namespace judge
