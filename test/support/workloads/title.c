/*
 * title: rewrites its title without an exec and under the same comm, as many servers do.
 *
 *   title ROOM
 *
 * Each line on stdin becomes the title, which is no longer than the command line was at the start: ROOM is there to
 * make that longer. The line "uid N" makes this a process of the user N instead. Ends with its input.
 *
 * Output: done, after each line
 */
#define _GNU_SOURCE
#include "title.h"
#include <unistd.h>

int main(int argc, char **argv)
{
    char line[256];
    const char *last = argv[argc - 1];
    struct title area = {argv[0], (size_t)(last + strlen(last) - argv[0])};
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "uid ", 4))
            write_title(area, line);
        else if (setuid((uid_t)parse_number(line + 4, 0, 4294967294L)))
            fail("setuid");
        puts("done");
        flush_line();
    }
    return 0;
}
