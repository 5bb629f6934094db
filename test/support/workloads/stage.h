/*
 * stage.h: a process that works, stays to be looked at alive, ends when told, and stays to be looked at dead.
 *
 * The worker prints its line when its work is done, and sleeps until stdin has given one byte; then it ends. Its
 * parent waits for that without reaping it, prints {"ended":PID}, and reaps it when stdin ends: until then the kernel
 * still answers for the worker, with its final figures.
 */
#ifndef STAGE_H
#define STAGE_H

#include "workload.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct stage {
    const char *comm;   /* the worker's name, set before it works */
    const char *cgroup; /* directory of a cgroup that the worker enters before it works; NULL for none */
};

static inline void enter_cgroup(const char *directory)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/cgroup.procs", directory);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, "0", 1) != 1 || close(file))
        fail(path);
}

/* What every thread of a worker does when its work is done; the one that gets the byte ends them all. */
static inline _Noreturn void wait_for_the_end(void)
{
    char byte;
    if (read(STDIN_FILENO, &byte, 1) < 0)
        fail("read");
    _exit(0);
}

/* The work is done: says so and stays until the test has looked. */
static inline void stay(const char *key, long value)
{
    printf("{\"pid\":%d,\"%s\":%ld}\n", getpid(), key, value);
    flush_line();
    wait_for_the_end();
}

/* As fork(), with a child that has another name from the start, so that it is in no case taken for the worker: it may
 * be killed before it has run. It dies with the worker. */
static inline pid_t fork_as(const char *comm)
{
    char own[16];
    pid_t worker = getpid();
    if (prctl(PR_GET_NAME, own))
        fail("prctl(PR_GET_NAME)");
    set_comm(comm);
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child > 0)
        set_comm(own);
    else if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != worker)
        _exit(1);
    return child;
}

/* Runs `work` in a process of its own; it ends by stay(). */
static inline int run_stage(const struct stage *stage, void (*work)(void))
{
    siginfo_t info;
    pid_t parent = getpid(), worker = fork();
    if (worker < 0)
        fail("fork");
    if (worker == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL))
            fail("prctl(PR_SET_PDEATHSIG)");
        if (getppid() != parent) /* it died before the line above */
            _exit(1);
        set_comm(stage->comm);
        if (stage->cgroup)
            enter_cgroup(stage->cgroup);
        work();
        _exit(1);
    }
    if (waitid(P_PID, (id_t)worker, &info, WEXITED | WNOWAIT))
        fail("waitid");
    if (info.si_code != CLD_EXITED || info.si_status != 0)
        fail_with("the worker failed", 0);
    printf("{\"ended\":%d}\n", worker);
    flush_line();
    await_end_of_input();
    return waitpid(worker, NULL, 0) == worker ? 0 : 1;
}

/* A file without a name, of fresh blocks on the disk and none of them in memory. */
static inline int make_file(const char *directory, long bytes, int flags)
{
    static char block[1 << 20] __attribute__((aligned(4096)));
    char path[4096];
    snprintf(path, sizeof path, "%s/stage-XXXXXX", directory);
    int file = mkostemp(path, flags | O_CLOEXEC);
    if (file < 0 || unlink(path))
        fail(path);
    memset(block, 'x', sizeof block);
    for (long at = 0; at < bytes; at += (long)sizeof block)
        if (pwrite(file, block, sizeof block, at) != sizeof block)
            fail(path);
    if (fsync(file) || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED))
        fail(path);
    return file;
}

#endif
