// As its right twin; but a newline alone sends nothing into a pipe.
// expect: deadlock
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <string>

int main() {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) return 1;
  if (fork() == 0) {
    dup2(there[0], 0);
    dup2(back[1], 1);
    for (int fd : {there[0], there[1], back[0], back[1]}) close(fd);
    int number = 0;
    std::cin >> number;  // <- here
    std::cout << number * 2 << std::endl;
    _exit(0);
  }
  dup2(there[1], 1);
  dup2(back[0], 0);
  for (int fd : {there[0], there[1], back[0], back[1]}) close(fd);
  std::cin.tie(nullptr);  // or std::cin would have std::cout send what it has
  std::cout << 21 << "\n";
  int answer = 0;
  std::cin >> answer;  // <- here
  wait(nullptr);
  return answer == 42 ? 0 : 1;
}
