/*
 * storm: ends COUNT tasks as fast as the machine can.
 *
 *   storm COUNT [--workers W]                  threads
 *   storm COUNT --processes [--workers W]      processes, reaped
 *
 * W worker processes (default: one per CPU) share the work. Each keeps four tasks alive on four small stacks: raw
 * clone without libc's thread setup and with shared files; the task does one exit system call. On two CPUs four
 * slots ended 1.4 times as many tasks per second as CLONE_VFORK with one stack, more slots brought nothing.
 *
 * Output: {"count","seconds"}: "count" = task ends, those of the workers included (COUNT + W). All have ended when it
 * is printed, so that their exit events have been sent; the end of storm itself, after it, is not counted.
 */
#define _GNU_SOURCE
#include "workload.h"
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 4, STACK_BYTES = 4096 };

static const int process_flags = CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD;
/* CLONE_CHILD_CLEARTID: the kernel zeroes the slot and wakes its futex once the thread no longer uses its stack. */
static const int thread_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                                CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

static struct slot {
    char stack[STACK_BYTES] __attribute__((aligned(16)));
    volatile pid_t id; /* of the task that uses it, 0 when free */
} slots[SLOTS];

/* Runs on the parent's thread-local storage, so it may not touch errno. */
static int end_at_once(void *unused)
{
    (void)unused;
    syscall(SYS_exit, 0);
    return 0;
}

static void free_slot(struct slot *slot, int processes)
{
    pid_t id = slot->id;
    if (processes && id) {
        if (waitpid(id, NULL, 0) != id)
            fail("waitpid");
        slot->id = 0;
    }
    while (!processes && (id = slot->id))
        if (syscall(SYS_futex, &slot->id, FUTEX_WAIT, id, NULL, NULL, 0) && errno != EAGAIN && errno != EINTR)
            fail("futex");
}

static _Noreturn void work(long share, int processes)
{
    for (long i = 0; i < share; i++) {
        struct slot *slot = &slots[i % SLOTS];
        free_slot(slot, processes);
        pid_t id = clone(end_at_once, slot->stack + STACK_BYTES, processes ? process_flags : thread_flags, NULL,
                         &slot->id, NULL, &slot->id);
        if (id < 0)
            fail("clone");
        if (processes)
            slot->id = id;
    }
    for (int i = 0; i < SLOTS; i++)
        free_slot(&slots[i], processes);
    _exit(0);
}

int main(int argc, char **argv)
{
    enum { PROCESSES, WORKERS };
    static const struct option options[] = {{"processes", 0, 0, PROCESSES}, {"workers", 1, 0, WORKERS}, {0}};
    long workers = sysconf(_SC_NPROCESSORS_ONLN);
    int option, processes = 0, status;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case PROCESSES: processes = 1; break;
        case WORKERS: workers = parse_number(optarg, 1, 10000); break;
        default: return 2;
        }
    }
    if (argc != optind + 1)
        fail_with("usage: storm COUNT [--processes] [--workers W]", 0);
    long count = parse_number(argv[optind], 0, LONG_MAX - 10000);
    double begin = seconds_now();
    for (long i = 0; i < workers; i++) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0)
            work(count / workers + (i < count % workers), processes);
    }
    for (long i = 0; i < workers; i++)
        if (wait(&status) < 0 || status)
            fail_with("a worker failed", 0);
    printf("{\"count\":%ld,\"seconds\":%.6f}\n", count + workers, seconds_now() - begin);
    flush_line();
    return 0;
}
