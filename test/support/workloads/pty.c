/*
 * pty: runs a program on a pseudo terminal of its own, as a user at a terminal would.
 *
 *   pty COLUMNS ROWS COMMAND ARGS...
 *
 * What the program writes goes to stdout. A line on stdin is a request: `k TEXT` types the text, in which `\xHH` is a byte; `s COLUMNS
 * ROWS` gives the terminal another size. The first line of stderr is {"pid"}, of the program, and the last one, when it has ended,
 * {"status","restored"}: its exit status, or 128 + the signal, and whether the terminal's settings are those from before.
 */
#define _GNU_SOURCE
#include "workload.h"
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int master;

static void set_size(int columns, int rows)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    if (ioctl(master, TIOCSWINSZ, &size) != 0)
        fail("TIOCSWINSZ");
}

static void write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0)
            return;
        bytes += written;
        count -= (size_t)written;
    }
}

static void type(const char *text)
{
    for (; *text; text++) {
        unsigned byte = (unsigned char)*text;
        if (sscanf(text, "\\x%2x", &byte) == 1)
            text += 3;
        char one = (char)byte;
        write_all(master, &one, 1);
    }
}

static void obey(char *line)
{
    int columns, rows;
    if (sscanf(line, "s %d %d", &columns, &rows) == 2)
        set_size(columns, rows);
    else if (line[0] == 'k' && line[1] == ' ')
        type(line + 2);
}

/* Reads what is there of stdin and obeys each whole line. Returns 0 at its end. */
static int read_requests(void)
{
    static char buffer[4096];
    static size_t held;
    ssize_t count = read(0, buffer + held, sizeof buffer - held - 1);
    if (count <= 0)
        return 0;
    held += (size_t)count;
    buffer[held] = 0;
    char *line = buffer, *end;
    while ((end = strchr(line, '\n'))) {
        *end = 0;
        obey(line);
        line = end + 1;
    }
    held -= (size_t)(line - buffer);
    memmove(buffer, line, held);
    return 1;
}

static int open_slave(void)
{
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        fail("posix_openpt");
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        fail("open the slave");
    return slave;
}

static pid_t start(int slave, char **command)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    for (int fd = 0; fd < 3; fd++)
        dup2(slave, fd);
    execvp(command[0], command);
    fail(command[0]);
    return -1;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        fail_with("pty COLUMNS ROWS COMMAND ARGS...", 0);
    int slave = open_slave();
    set_size(parse_number(argv[1], 0, 1000), parse_number(argv[2], 0, 1000));
    struct termios before, after;
    tcgetattr(slave, &before);
    pid_t child = start(slave, argv + 3);
    fprintf(stderr, "{\"pid\":%d}\n", (int)child);
    struct pollfd polled[2] = {{.fd = master, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    int status = 0, ended = 0;
    for (;;) {
        int ready = poll(polled, 2, ended ? 50 : 20);
        if (polled[0].revents & POLLIN) {
            char bytes[65536];
            ssize_t count = read(master, bytes, sizeof bytes);
            if (count > 0)
                write_all(1, bytes, (size_t)count);
        }
        if (polled[1].revents && !read_requests())
            polled[1].fd = -1;
        /* The slave is held open here, so that what was written last can be read after the end. */
        if (ended && ready == 0)
            break;
        if (!ended && waitpid(child, &status, WNOHANG) == child)
            ended = 1;
    }
    tcgetattr(slave, &after);
    int restored = before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    fprintf(stderr, "{\"status\":%d,\"restored\":%s}\n", code, restored ? "true" : "false");
    return 0;
}
