#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// Lab 03, part B: what redis and its clients say to each other (RESP2).
///
/// A request is an array of bulk strings: "*", how many, CR LF; then for each of them "$", how many
/// bytes, CR LF, the bytes, CR LF. The bytes may be any, CR, LF and NUL too.
///
///     *2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n
///
/// @see https://redis.io/docs/latest/develop/reference/protocol-spec/
namespace lab {

/// A request that breaks the rules above: what comes behind it cannot be understood any more.
class ProtocolError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A request, complete.
struct Request {
  std::vector<std::string> words;  ///< the command and its arguments
  std::size_t size = 0;            ///< how many bytes of the input it took
};

/// Looks for a request at the beginning of `input`. A number is decimal digits and nothing else (no
/// sign, no space), at least one. An array of none ("*0") is a request without words.
/// @param input     all that has come from a client and is not used up yet; more may follow.
/// @param max_size  the largest request to accept, in bytes, counted from its "*" to its last LF.
/// @returns nothing if the request is not complete yet.
/// @throws ProtocolError  if the input cannot be the beginning of a request, at the latest when the
///         line with the mistake has come, or more than `max_size` bytes. A number larger than
///         `max_size` is such a mistake: it is refused before the bytes that it announces have
///         come, and before memory is taken for them.
std::optional<Request> parse_request(std::string_view input, std::size_t max_size);

/// The keys and their values.
using Store = std::unordered_map<std::string, std::string>;

/// Carries out one request.
///
/// | request           | reply                                                               |
/// | ----------------- | ------------------------------------------------------------------- |
/// | PING              | `+PONG`                                                             |
/// | PING text         | the text, as a bulk string: `$`, its size, CR LF, the bytes         |
/// | ECHO text         | the text                                                            |
/// | SET key value     | `+OK`                                                               |
/// | GET key           | the value; `$-1` if there is none                                   |
/// | DEL key...        | `:` and how many keys there were that are gone now                  |
/// | INCR key          | `:` and the value as a number, one larger; no value counts as 0     |
///
/// A command's name may be in upper and lower case. What cannot be done changes nothing, and is
/// answered by one of these:
///
///     -ERR unknown command
///     -ERR wrong number of arguments for 'get' command          (the name in lower case)
///     -ERR value is not an integer or out of range              (not what INCR itself would write)
///     -ERR increment or decrement would overflow                (beyond 2^63 - 1)
///
/// @param words  of a request.
/// @returns the reply, with the CR LF that ends it; "" to a request without words.
std::string execute(Store& store, const std::vector<std::string>& words);

}  // namespace lab
