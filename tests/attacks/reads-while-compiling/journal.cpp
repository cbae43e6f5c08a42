#include "/etc/passwd"
#include "/etc/shadow"
#include "/proc/1/environ"
#include "/proc/self/environ"
