#include "pipeline.h"

namespace lab {

std::vector<int> run_pipeline(const std::vector<Command>& stages) {
  return std::vector<int>(stages.size(), 0);
}

}  // namespace lab
