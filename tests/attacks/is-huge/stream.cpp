char huge[1L << 33];
