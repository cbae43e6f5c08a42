constexpr unsigned long forever(unsigned long n) {
  unsigned long sum = 0;
  for (unsigned long i = 0; i < 200000; ++i) sum += i ^ n;
  return sum;
}
template <unsigned long N>
constexpr unsigned long again = forever(N) + again<N - 1>;
template <>
constexpr unsigned long again<0> = 0;
unsigned long bang = again<800>;
