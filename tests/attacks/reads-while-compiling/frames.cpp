#include "outside.h"
#include OUTSIDE_CANARY
