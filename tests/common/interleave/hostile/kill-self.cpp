// Ends itself while it is its turn.
// expect: crash: .*SIGKILL
#include <signal.h>
#include <unistd.h>

int main() { kill(getpid(), SIGKILL); }
