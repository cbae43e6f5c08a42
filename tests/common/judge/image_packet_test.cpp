#include "common/judge/image_packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <stdexcept>
#include <string>

#include "common/judge/bytes.h"
#include "common/judge/memory_file.h"
#include "common/judge/sockets.h"

namespace {

using judge::Build;
using judge::Image;
using judge::SocketPair;
using testing::IsEmpty;

TEST(ImagePacket, ArrivesAsItWasSent) {
  using std::string_literals::operator""s;
  Image sent;
  sent.missing = {{"a 7 b.cpp", "does not\ncompile"}, {"", "\0\xff"s}};
  sent.errors = {{"x.cpp", 12, "expected ;"}, {"y.cpp", 0, ""}};
  sent.link_error = "5 undefined";
  sent.library = judge::memory_file(judge::as_bytes("library"));

  const SocketPair pair = judge::socket_pair(SOCK_SEQPACKET);
  judge::send_image(pair.ours.get(), Build::sanitized, sent);
  const auto [build, got] = judge::receive_image(pair.theirs.get());

  EXPECT_EQ(build, Build::sanitized);
  EXPECT_EQ(got.missing, sent.missing);
  EXPECT_EQ(got.errors, sent.errors);
  EXPECT_EQ(got.link_error, sent.link_error);
  struct stat ours {
  }, theirs{};
  ASSERT_EQ(::fstat(sent.library.get(), &ours), 0);
  ASSERT_EQ(::fstat(got.library.get(), &theirs), 0);
  EXPECT_EQ(theirs.st_ino, ours.st_ino);
}

TEST(ImagePacket, HasNoLibraryIfThereIsNone) {
  const SocketPair pair = judge::socket_pair(SOCK_SEQPACKET);
  judge::send_image(pair.ours.get(), Build::plain, Image{});
  const auto [build, got] = judge::receive_image(pair.theirs.get());
  EXPECT_FALSE(got.library);
  EXPECT_THAT(got.missing, IsEmpty());
}

TEST(ImagePacket, IsNotWaitedForWhenNobodySendsIt) {
  SocketPair pair = judge::socket_pair(SOCK_SEQPACKET);
  pair.ours.reset();
  EXPECT_THROW((void)judge::receive_image(pair.theirs.get()), std::runtime_error);
}

}  // namespace
