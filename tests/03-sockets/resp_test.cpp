#include "resp.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/judge/random.h"
#include "requests.h"

/// The solution's parser, with whatever can come: requests cut anywhere and changed at random. The
/// numbers are the same each time.

namespace {

using judge::Random;

constexpr std::size_t max_size = 200;

requests::Words random_words(Random& random) {
  requests::Words words(random.between(0, 5));
  for (std::string& word : words) word = judge::to_text(random.bytes(random.between(0, 30)));
  return words;
}

/// A text that has something of a request.
std::string random_input(Random& random) {
  std::string input;
  for (std::size_t i = random.between(1, 3); i > 0; --i) {
    input += requests::encoded(random_words(random));
  }
  constexpr std::string_view telling = "*$\r\n-+0123456789:\0 xP";
  for (std::size_t changes = random.between(0, 3); changes > 0 && !input.empty(); --changes) {
    const std::size_t at = random.between(0, input.size() - 1);
    const char c = telling[random.between(0, telling.size() - 1)];
    switch (random.between(0, 3)) {
      case 0:
        input[at] = c;
        break;
      case 1:
        input.insert(at, random.between(1, 25), c);
        break;
      case 2:
        input.erase(at, random.between(1, 4));
        break;
      default:
        input.resize(at);
    }
  }
  return input;
}

enum class Outcome { request, incomplete, refused };

Outcome parse(std::string_view input, lab::Request& request) {
  // In memory of exactly this size, so that a sanitizer sees who looks behind it.
  const std::vector<char> exact(input.begin(), input.end());
  try {
    const auto parsed = lab::parse_request({exact.data(), exact.size()}, max_size);
    if (parsed) request = *parsed;
    return parsed ? Outcome::request : Outcome::incomplete;
  } catch (const lab::ProtocolError&) {
    return Outcome::refused;
  }
}

TEST(ParseRequest, FindsEveryRequestOfAStream) {
  Random random(1, "stream");
  for (int round = 0; round < 2000; ++round) {
    std::vector<requests::Words> all(random.between(1, 6));
    std::string stream;
    for (requests::Words& words : all) {
      words = random_words(random);
      stream += requests::encoded(words);
    }
    for (const requests::Words& words : all) {
      lab::Request request;
      ASSERT_EQ(parse(stream, request), Outcome::request) << requests::shown(stream);
      ASSERT_EQ(request.words, words);
      stream.erase(0, request.size);
    }
    ASSERT_EQ(stream, "");
  }
}

TEST(ParseRequest, MeansTheSameHoweverTheInputIsCut) {
  Random random(1, "cut");
  std::size_t requests_found = 0, refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string input = random_input(random);
    lab::Request whole;
    const Outcome outcome = parse(input, whole);
    requests_found += outcome == Outcome::request ? 1 : 0;
    refused += outcome == Outcome::refused ? 1 : 0;
    if (outcome == Outcome::request) {
      ASSERT_LE(whole.size, std::min(input.size(), max_size)) << requests::shown(input);
    }
    const std::size_t cut = random.between(0, input.size());
    lab::Request part;
    const Outcome of_part = parse(std::string_view(input).substr(0, cut), part);
    // More input never changes what has been decided, and a request needs its last byte.
    if (of_part != Outcome::incomplete) {
      ASSERT_EQ(of_part, outcome) << requests::shown(input);
    }
    if (of_part == Outcome::request) {
      ASSERT_EQ(part.words, whole.words);
    }
    if (outcome == Outcome::request) {
      ASSERT_EQ(of_part, cut < whole.size ? Outcome::incomplete : Outcome::request)
          << requests::shown(input);
    }
    if (outcome == Outcome::incomplete) {
      ASSERT_LE(input.size(), max_size) << requests::shown(input);
    }
  }
  // It is a poor test that only ever sees one of them.
  EXPECT_GT(requests_found, 2000U);
  EXPECT_GT(refused, 2000U);
}

TEST(Execute, AnswersAnythingWithOneReply) {
  Random random(1, "execute");
  lab::Store store;
  const std::vector<std::string> names{"PING", "echo", "SET", "get", "DEL", "Incr", "x\r\ny", ""};
  for (int round = 0; round < 20'000; ++round) {
    requests::Words words = random_words(random);
    if (!words.empty()) words[0] = names[random.between(0, names.size() - 1)];
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (random.coin()) words[i] = std::string(1, static_cast<char>('a' + random.between(0, 3)));
    }
    const std::string reply = lab::execute(store, words);
    if (words.empty()) {
      ASSERT_EQ(reply, "");
      continue;
    }
    const std::size_t end = reply.find("\r\n");
    ASSERT_NE(end, std::string::npos);
    std::size_t size = end + 2;
    if (reply[0] == '$' && reply != "$-1\r\n") size += std::stoul(reply.substr(1)) + 2;
    ASSERT_EQ(reply.size(), size) << requests::in_words(words) << " -> " << requests::shown(reply);
  }
}

}  // namespace
