#include "common/report/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/common/report/recorded.h"
#include "tests/common/report/schema.h"

namespace report {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string objections(const json& document) {
  return schemas::objections("result.schema.json", document);
}

class Recording : public testing::TestWithParam<const char*> {};

TEST_P(Recording, FitsTheSchema) {
  const LabResult result = recorded::result(GetParam());
  EXPECT_EQ(objections(json::parse(to_text(result))), "");
  EXPECT_EQ(objections(json::parse(to_text(std::vector{result, result}))), "");
}

TEST_P(Recording, IsReadBackAsItWasWritten) {
  const std::string text = to_text(recorded::result(GetParam()));
  EXPECT_EQ(to_text(parse_result(text)), text);
}

TEST_P(Recording, DiffersOnlyInTheLineOfSeconds) {
  LabResult result = recorded::result(GetParam());
  std::istringstream before(to_text(result));
  result.seconds = 12.5;
  std::istringstream after(to_text(result));
  std::vector<std::string> different;
  std::string left;
  std::string right;
  while (std::getline(before, left) && std::getline(after, right)) {
    if (left != right) different.push_back(right);
  }
  EXPECT_THAT(different, ElementsAre("  \"seconds\": 12.5,"));
}

INSTANTIATE_TEST_SUITE_P(Json, Recording,
                         testing::Values("mixed", "full", "skeleton", "compile-error",
                                         "grader-error", "hostile"));

TEST(Json, HasItsKeysInTheDocumentedOrder) {
  const auto result = nlohmann::ordered_json::parse(to_text(recorded::result("mixed")));
  std::vector<std::string> keys;
  for (const auto& entry : result.items()) keys.push_back(entry.key());
  EXPECT_THAT(keys, ElementsAre("schema", "lab", "title", "score", "max_score", "seed", "isolation",
                                "seconds", "checks", "compiler"));
  keys.clear();
  for (const auto& entry : result.at("checks").at(0).items()) keys.push_back(entry.key());
  EXPECT_THAT(keys, ElementsAre("id", "title", "part", "kind", "status", "score", "max_score",
                                "finding", "message", "hints_available", "where", "replay"));
}

TEST(Json, HoldsNoControlCharacterWhateverASubmissionSays) {
  const std::string text = to_text(recorded::result("hostile"));
  for (const char c : text) {
    EXPECT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  }
  // nor an escaped one, which would come out of the reader's parser
  EXPECT_EQ(text.find("\\u00"), std::string::npos) << text;
}

TEST(Json, IsWrittenEvenIfATextWasNeverCleaned) {
  LabResult result = recorded::result("full");
  result.title = "bad \xff byte";
  EXPECT_THAT(to_text(result), HasSubstr("bad � byte"));
}

TEST(Json, RefusesToReadWhatIsNoResult) {
  EXPECT_THAT([] { parse_result("{"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("not a result")));
  EXPECT_THAT([] { parse_result("{}"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("not a result")));
  EXPECT_THAT([] { parse_result(R"({"schema": "ipclab.result/9"})"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("another version")));
}

TEST(Schema, RefusesWhatAResultMustNotBe) {
  const json good = json::parse(to_text(recorded::result("mixed")));
  ASSERT_EQ(objections(good), "");
  json bad = good;
  bad["surprise"] = 1;
  EXPECT_NE(objections(bad), "") << "an unknown key";
  bad = good;
  bad.erase("seed");
  EXPECT_NE(objections(bad), "") << "a missing key";
  bad = good;
  bad["checks"][0]["finding"] = "leak";
  EXPECT_NE(objections(bad), "") << "a finding for a check that passed";
  bad = good;
  bad["checks"][0]["status"] = "failed";
  EXPECT_NE(objections(bad), "") << "a failed check without a finding";
  bad = good;
  bad["isolation"] = "hope";
  EXPECT_NE(objections(bad), "") << "a word that means nothing";
}

}  // namespace
}  // namespace report
