/*
 * tally: runs a command, and prints what wait4 says of it and of all that it has reaped.
 *
 *   tally NAME COMMAND ARGS...
 *
 * The command is named NAME from its first moment until it execs, and by its file's name from then on; COMMAND is a
 * path. It reads and writes /dev/null.
 *
 * Output: {"status","minflt","majflt","nvcsw","nivcsw","cpu_us","inblock","oublock","seconds"}: the wait status, CPU
 * time of both modes, blocks of 512 bytes, and how long it took.
 */
#define _GNU_SOURCE
#include "born.h"
#include <fcntl.h>
#include <sys/wait.h>

static char **command;

static void execute(void)
{
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        fail("/dev/null");
    execv(command[0], command);
    fail(command[0]);
}

static long microseconds(struct timeval time)
{
    return time.tv_sec * 1000000L + time.tv_usec;
}

int main(int argc, char **argv)
{
    int status;
    struct rusage usage;
    if (argc < 3)
        fail_with("usage: tally NAME COMMAND ARGS...", 0);
    command = argv + 2;
    double begin = seconds_now();
    pid_t pid = fork_named(argv[1], fork, execute);
    if (wait4(pid, &status, 0, &usage) != pid)
        fail("wait4");
    printf("{\"status\":%d,\"minflt\":%ld,\"majflt\":%ld,\"nvcsw\":%ld,\"nivcsw\":%ld,\"cpu_us\":%ld,"
           "\"inblock\":%ld,\"oublock\":%ld,\"seconds\":%.6f}\n",
           status, usage.ru_minflt, usage.ru_majflt, usage.ru_nvcsw, usage.ru_nivcsw,
           microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_inblock, usage.ru_oublock,
           seconds_now() - begin);
    flush_line();
    return 0;
}
