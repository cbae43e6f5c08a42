#include "/proc/self/environ"
#include "/proc/1/environ"
#include "/etc/passwd"
#include "/etc/shadow"
