/*
 * busy: keeps one CPU busy with more processes than it can run.
 *
 *   busy COUNT --comm NAME
 *
 * COUNT processes that never sleep are bound to the first CPU that they may use, until stdin ends; `taskset` before it
 * chooses another. At any moment one of them runs and the others wait, so that with nobody else on that CPU the group
 * waits COUNT - 1 seconds for each that it runs.
 *
 * Output: {"busy":COUNT} once all have been started
 */
#define _GNU_SOURCE
#include "one-cpu.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void start_one(const char *name)
{
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid > 0)
        return;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
        _exit(1);
    set_comm(name);
    for (;;)
        __asm__ volatile("");
}

int main(int argc, char **argv)
{
    const char *name = parse_comm(argc, argv, "usage: busy COUNT --comm NAME");
    long count = parse_number(argv[optind], 1, 100);
    bind_to_one_cpu();
    for (long i = 0; i < count; i++)
        start_one(name);
    printf("{\"busy\":%ld}\n", count);
    flush_line();
    await_end_of_input();
    return 0; /* the children end with it: PR_SET_PDEATHSIG */
}
