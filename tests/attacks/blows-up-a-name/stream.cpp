#include "stream.h"

#include <stdexcept>

namespace {

template <class Left, class Right>
struct Pair {};

template <int N>
struct Grown {
  using type = Pair<typename Grown<N - 1>::type, typename Grown<N - 1>::type>;
};
template <>
struct Grown<0> {
  using type = int;
};

template <class T>
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace

namespace lab {

void write_all(int, std::span<const std::byte>) { throw Failure<Grown<50>::type>("a long name"); }

}  // namespace lab
