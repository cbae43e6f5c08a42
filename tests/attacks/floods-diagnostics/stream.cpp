#define TWICE(x) x x
#define OFTEN(x) TWICE(TWICE(TWICE(TWICE(TWICE(x)))))
#define MESSAGE \
  _Pragma("message \"a message, a message, a message, a message, a message, a message\"")
OFTEN(OFTEN(OFTEN(OFTEN(MESSAGE))))
