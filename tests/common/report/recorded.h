#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "common/report/result.h"

/// What a judge said, recorded in files: one event a line, as in real life.
namespace recorded {

inline std::string path(const std::string& file) {
  return std::string(IPCLAB_SOURCE_DIR) + "/tests/common/report/golden/" + file;
}

inline std::string text(const std::string& file) {
  std::ifstream stream(path(file));
  if (!stream) throw std::runtime_error("cannot read " + path(file));
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The result of the recording called `name`; three hints for two of its checks.
inline report::LabResult result(const std::string& name) {
  report::Assembler assembler(
      {{"ReadFull.SurvivesShortReadsAndSignals", 3}, {"Pipeline.EndsWhenItShould", 3}});
  std::ifstream stream(path(name + ".jsonl"));
  if (!stream) throw std::runtime_error("cannot read " + path(name + ".jsonl"));
  for (std::string line; std::getline(stream, line);) assembler.take_line(line);
  report::LabResult result = assembler.finish();
  result.seconds = 0.84;
  return result;
}

}  // namespace recorded
