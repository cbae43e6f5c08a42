// The parent sends the write end of a pipe itself, by SCM_RIGHTS: the child gets a number of its
// own for it.
// expect: nothing
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

struct Parcel {  // a message of one byte that carries one descriptor
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{nullptr, 0, &data, 1, control, sizeof control, 0};
};

int main() {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel) != 0) return 1;
  pid_t child = fork();
  Parcel parcel;
  if (child == 0) {
    if (recvmsg(channel[0], &parcel.header, 0) != 1) _exit(1);
    int fd = -1;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&parcel.header)), sizeof fd);
    _exit(write(fd, "x", 1) == 1 ? 0 : 1);
  }
  int ends[2];
  if (pipe(ends) != 0) return 1;
  cmsghdr* rights = CMSG_FIRSTHDR(&parcel.header);
  *rights = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(rights), &ends[1], sizeof(int));
  if (sendmsg(channel[1], &parcel.header, 0) != 1) return 1;
  close(ends[1]);  // the child's copy is the last one: after its byte comes the end of file
  char bytes[2];
  bool received = read(ends[0], bytes, 2) == 1 && read(ends[0], bytes, 2) == 0;
  int status = 0;
  waitpid(child, &status, 0);
  return !received || status != 0;
}
