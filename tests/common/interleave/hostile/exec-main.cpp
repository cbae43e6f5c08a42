// The program itself becomes another.
// expect: nothing
#include <unistd.h>

int main() {
  execl("/bin/true", "true", nullptr);
  return 1;
}
