/*
 * idle: keeps COUNT processes asleep until stdin ends, then kills and reaps them all.
 *
 *   idle COUNT [--threads T] [--wake MS] [--comm-prefix P] [--distinct N]
 *
 * Each process has T threads (default 1), the main one included, all in pause(), or with --wake sleeping for MS
 * milliseconds over and over. Process i is named P followed by i modulo N (defaults: "idle" and 1). When this program
 * dies, its children die too (PR_SET_PDEATHSIG).
 *
 * Output, when every process has its name and threads: {"ready":COUNT,"pids":[first,last]}
 */
#define _GNU_SOURCE
#include "thread.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long wake_ms = 0;

static void *sleep_for_ever(void *unused)
{
    const struct timespec nap = {wake_ms / 1000, wake_ms % 1000 * 1000000};
    for (;;)
        if (wake_ms)
            nanosleep(&nap, NULL);
        else
            pause();
    return unused;
}

static _Noreturn void child(pid_t parent, const char *comm, long threads, int ready)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL))
        fail("prctl(PR_SET_PDEATHSIG)");
    if (getppid() != parent) /* it died before the line above */
        _exit(1);
    set_comm(comm);
    for (long i = 1; i < threads; i++)
        start_thread(sleep_for_ever, NULL);
    if (write(ready, "r", 1) != 1 || close(ready))
        fail("pipe");
    sleep_for_ever(NULL);
    _exit(1);
}

/* Reads until `most` bytes have come or the other side has closed; returns how many have come. */
static long drain(int from, long most)
{
    char buffer[4096];
    long total = 0;
    while (total < most) {
        ssize_t got = read(from, buffer, sizeof buffer);
        if (got < 0)
            fail("read");
        if (got == 0)
            break;
        total += got;
    }
    return total;
}

int main(int argc, char **argv)
{
    enum { THREADS, WAKE, PREFIX, DISTINCT };
    static const struct option options[] = {
        {"threads", 1, 0, THREADS},
        {"wake", 1, 0, WAKE},
        {"comm-prefix", 1, 0, PREFIX},
        {"distinct", 1, 0, DISTINCT},
        {0}};
    long threads = 1, distinct = 1;
    const char *prefix = "idle";
    int option, pipe_ends[2];
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case THREADS: threads = parse_number(optarg, 1, 100000); break;
        case WAKE: wake_ms = parse_number(optarg, 1, 1000000); break;
        case PREFIX: prefix = optarg; break;
        case DISTINCT: distinct = parse_number(optarg, 1, 1000000000); break;
        default: return 2;
        }
    }
    if (argc != optind + 1)
        fail_with("usage: idle COUNT [--threads T] [--wake MS] [--comm-prefix P] [--distinct N]", 0);
    long count = parse_number(argv[optind], 1, 4194304);
    pid_t *pids = calloc((size_t)count, sizeof *pids), parent = getpid();
    if (!pids || pipe(pipe_ends))
        fail("calloc or pipe");
    for (long i = 0; i < count; i++) {
        char comm[64];
        snprintf(comm, sizeof comm, "%s%ld", prefix, i % distinct);
        pids[i] = fork();
        if (pids[i] < 0)
            fail("fork");
        if (pids[i] == 0)
            child(parent, comm, threads, pipe_ends[1]);
    }
    if (close(pipe_ends[1]))
        fail("close");
    if (drain(pipe_ends[0], count) != count)
        fail_with("a child failed", 0);
    printf("{\"ready\":%ld,\"pids\":[%d,%d]}\n", count, pids[0], pids[count - 1]);
    flush_line();
    await_end_of_input();
    for (long i = 0; i < count; i++)
        if (kill(pids[i], SIGKILL))
            fail("kill");
    for (long i = 0; i < count; i++)
        if (waitpid(pids[i], NULL, 0) != pids[i])
            fail("waitpid");
    return 0;
}
