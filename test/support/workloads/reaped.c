/*
 * reaped: starts COUNT processes named NAME one after the other, and prints what wait4 says of each.
 *
 *   reaped COUNT NAME STATUS...
 *
 * They end with these wait statuses in turn: 768 is exit code 3, 9 is SIGKILL. Each touches 0 to 448 pages, 64 more
 * than the one before, and leaves no core. This program is named NAME too.
 *
 * Output: {"pid","parent","status","cpu_us","peak_kib"} per process.
 */
#define _GNU_SOURCE
#include "pages.h"
#include "workload.h"
#include <signal.h>
#include <sys/wait.h>

static long microseconds(struct timeval time)
{
    return time.tv_sec * 1000000L + time.tv_usec;
}

static void end_with(int status, long pages)
{
    touch_pages(pages);
    if ((status & 0x7f) && kill(getpid(), status & 0x7f))
        fail("kill");
    _exit(status >> 8);
}

int main(int argc, char **argv)
{
    struct rlimit none = {0, 0};
    if (argc < 4)
        fail_with("usage: reaped COUNT NAME STATUS...", 0);
    long count = parse_number(argv[1], 1, 1000000);
    set_comm(argv[2]);
    if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0))
        fail("RLIMIT_CORE");
    for (long index = 0; index < count; index++) {
        int status;
        struct rusage usage;
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0)
            end_with((int)parse_number(argv[3 + index % (argc - 3)], 0, 65535), index % 8 * 64);
        if (wait4(pid, &status, 0, &usage) < 0)
            fail("wait4");
        printf("{\"pid\":%d,\"parent\":%d,\"status\":%d,\"cpu_us\":%ld,\"peak_kib\":%ld}\n", pid, getpid(), status,
               microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss);
    }
    flush_line();
    return 0;
}
