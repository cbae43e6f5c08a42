#include "common/judge/session.h"

namespace judge {

Session* Session::current = nullptr;

const Image& Session::image(Build build) {
  if (!images_.contains(build)) images_.emplace(build, fetch_(build));
  return images_.at(build);
}

Subject& Session::subject(Build build, Network network) {
  auto& subject = subjects_[{build, network}];
  if (!subject) subject = std::make_unique<Subject>(kit, build, image(build), programs, network);
  return *subject;
}

Symbolizer& Session::symbolizer(Build build) {
  auto& symbolizer = symbolizers_[build];
  if (!symbolizer) symbolizer = std::make_unique<Symbolizer>(image(build).library.get());
  return *symbolizer;
}

}  // namespace judge
