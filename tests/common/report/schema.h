#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

/// The schemas that `docs/` promises our JSON to fit.
namespace schemas {

/// What `docs/FILE` has against `document`; nothing if it is valid.
inline std::string objections(const std::string& file, const nlohmann::json& document) {
  std::ifstream stream(std::string(IPCLAB_SOURCE_DIR) + "/docs/" + file);
  if (!stream) throw std::runtime_error("cannot read docs/" + file);
  const nlohmann::json text = nlohmann::json::parse(stream);
  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(document), &results)) {
    return "";
  }
  std::string all;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    all += error.description + "\n";
  }
  return all.empty() ? "not valid" : all;
}

}  // namespace schemas
