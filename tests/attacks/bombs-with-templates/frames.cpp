template <unsigned N, unsigned M>
struct Bomb {
  static constexpr unsigned long value = Bomb<N - 1, 2 * M>::value + Bomb<N - 1, 2 * M + 1>::value;
};
template <unsigned M>
struct Bomb<0, M> {
  static constexpr unsigned long value = M;
};
unsigned long bang = Bomb<31, 1>::value;
