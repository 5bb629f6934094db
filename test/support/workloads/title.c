/* title ROOM: rewrites its title with each line that it is given, without an exec and under the same comm, as many servers do.
 * A line "uid N" makes it the user N's instead. It says "done" after each line, and ends with its input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words) {
  char line[256];
  char *begin = words[0], *end = words[count - 1] + strlen(words[count - 1]);
  size_t room = (size_t)(end - begin);
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "uid ", 4) == 0) {
      if (setuid((uid_t)atoi(line + 4)) != 0) return 1;
    } else {
      size_t length = strlen(line);
      memset(begin, ' ', room);
      memcpy(begin, line, length < room ? length : room);
    }
    puts("done");
    fflush(stdout);
  }
  return 0;
}
