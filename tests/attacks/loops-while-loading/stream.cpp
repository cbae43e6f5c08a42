namespace {

volatile bool always = true;

[[gnu::constructor]] void begin() {
  while (always) {
  }
}

}  // namespace
