#include "outside.h"
#include OUTSIDE_SOLUTION
#include OUTSIDE_CHECKS
