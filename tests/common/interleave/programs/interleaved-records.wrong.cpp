// Two writers write one record each into the same pipe. Misconception: a write() is atomic. It is
// up to PIPE_BUF bytes; these records have one byte more.
// expect: crash
#include <fcntl.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cstring>

constexpr size_t record_size = PIPE_BUF + 1;
char records[2 * record_size];

void write_record(int fd, char letter) {
  memset(records, letter, record_size);
  _exit(write(fd, records, record_size) == static_cast<ssize_t>(record_size) ? 0 : 1);
}

bool is_one_letter(const char* record) { return memcmp(record, record + 1, record_size - 1) == 0; }

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  fcntl(ends[1], F_SETPIPE_SZ, PIPE_BUF);
  if (fork() == 0) write_record(ends[1], 'a');
  if (fork() == 0) write_record(ends[1], 'b');
  for (size_t done = 0; done < sizeof records;) {
    ssize_t count = read(ends[0], records + done, sizeof records - done);
    if (count <= 0) return 1;
    done += static_cast<size_t>(count);
  }
  assert(is_one_letter(records) && is_one_letter(records + record_size));  // <- here
  while (wait(nullptr) > 0) {
  }
}
