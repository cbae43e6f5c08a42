asm(".data\n.fill 0x40000000, 8, 1\n");
