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
#include "workload.h"
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Binds this process, and so its children, to the first CPU that it may use. */
static void bind_to_one(void)
{
    cpu_set_t allowed, one;
    int cpu = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        fail("sched_getaffinity");
    while (!CPU_ISSET(cpu, &allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one))
        fail("sched_setaffinity");
}

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
    static const struct option options[] = {{"comm", 1, 0, 'c'}, {0}};
    const char *name = NULL;
    int option;
    char byte;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'c')
            return 2;
        name = optarg;
    }
    if (argc != optind + 1 || !name)
        fail_with("usage: busy COUNT --comm NAME", 0);
    long count = parse_number(argv[optind], 1, 100);
    bind_to_one();
    for (long i = 0; i < count; i++)
        start_one(name);
    printf("{\"busy\":%ld}\n", count);
    flush_line();
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    return 0; /* the children end with it: PR_SET_PDEATHSIG */
}
