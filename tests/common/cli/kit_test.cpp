#include "common/judge/kit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/common/cli/fake_kit.h"

namespace judge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

TEST(Kit, ReadsItsCompilerAndFlags) {
  const fake::Kit fake;
  fake::write(fake.root() / "kit.json",
              R"({"compiler": "/usr/bin/g++", "plain": {"compile": ["-O0"], "link": ["-l1"]},
                  "sanitized": {"compile": ["-O1"], "link": ["-l2"]},
                  "interleaved": {"compile": [], "link": []}})");
  const Kit kit(fake.root());
  EXPECT_EQ(kit.compiler(), "/usr/bin/g++");
  EXPECT_THAT(kit.compile_flags(Build::plain), ElementsAre("-O0"));
  EXPECT_THAT(kit.compile_flags(Build::sanitized), ElementsAre("-O1"));
  EXPECT_THAT(kit.link_flags(Build::plain), ElementsAre("-l1"));
  EXPECT_THAT(kit.link_flags(Build::sanitized), ElementsAre("-l2"));
}

TEST(Kit, ListsItsLabsInOrder) {
  const fake::Kit fake;
  std::filesystem::create_directory(fake.root() / "03-without-a-description");
  fake::write(fake.root() / "include" / "lab.json", "not a lab's name");
  const std::vector<Lab> labs = Kit(fake.root()).labs();
  ASSERT_EQ(labs.size(), 2U);
  EXPECT_EQ(labs[0].name, "01-pipe");
  EXPECT_EQ(labs[0].title, "Pipes: a stream of bytes");
  EXPECT_THAT(labs[0].files, ElementsAre("stream.cpp", "pipeline.cpp"));
  EXPECT_EQ(labs[0].parts.at(1).letter, "C");
  EXPECT_EQ(labs[1].name, "02-message-queues");
}

TEST(Kit, ReadsHintsWhereThereAreSome) {
  const fake::Kit fake;
  const Kit kit(fake.root());
  EXPECT_THAT(kit.hints("01-pipe").at("Pipeline.KeepsNoDescriptor"), ElementsAre("Close it."));
  EXPECT_THAT(kit.hints("02-message-queues"), IsEmpty());
}

TEST(Kit, NamesTheFileThatIsBroken) {
  const fake::Kit fake;
  fake::write(fake.root() / "01-pipe" / "lab.json", "{\"title\": 5}");
  fake::write(fake.root() / "01-pipe" / "hints.json", "{");
  const Kit kit(fake.root());
  EXPECT_THAT([&] { static_cast<void>(kit.labs()); },
              ThrowsMessage<std::runtime_error>(HasSubstr("01-pipe/lab.json is not what it")));
  EXPECT_THAT([&] { static_cast<void>(kit.hints("01-pipe")); },
              ThrowsMessage<std::runtime_error>(HasSubstr("01-pipe/hints.json is not what it")));
}

TEST(Kit, IsNotThereWithoutItsDescription) {
  EXPECT_THAT([] { Kit("/nowhere"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("there is no kit in '/nowhere'")));
}

}  // namespace
}  // namespace judge
