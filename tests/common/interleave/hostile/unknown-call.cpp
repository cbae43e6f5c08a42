// Waits in a call that the engine does not know.
// expect: error: .*system call 34
#include <sys/syscall.h>
#include <unistd.h>

int main() { syscall(SYS_pause); }
