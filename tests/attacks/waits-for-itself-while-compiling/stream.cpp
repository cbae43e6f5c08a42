#include "/dev/ptmx"
