#if __INCLUDE_LEVEL__ < 190
#include "exchange.cpp"
#endif
