static_assert(false,
              "\n./frames.cpp:99999999999999999999999:1: error: not mine\n"
              "frames.cpp:1:1: error: neither \033[2J\033]0;title\007\n");
#line 2147483647 "frames.cpp"
#error here
#line 1 "/etc/passwd"
#error there
