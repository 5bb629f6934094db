/*
 * threads: runs PROCESSES processes one after the other, each with THREADS threads besides its main one.
 *
 *   threads PROCESSES THREADS [--faults N] [--leader-first] [--comm NAME]
 *
 * All threads of a process live at the same time; each maps N pages (default 0), writes to every one, and ends.
 * Without --leader-first the main thread joins them and ends last. With it, the main thread ends by pthread_exit,
 * and the others end only after the kernel has ended it: the first one joins it, which waits for the word that the
 * kernel clears in exit_mm(), and that comes after its exit event.
 *
 * Output: {"count","minflt","majflt","nvcsw","nivcsw","utime_us","stime_us","seconds","threads"}: sums of wait4's
 * rusage over the processes; "threads" = thread ends, the main ones included = PROCESSES * (THREADS + 1).
 */
#define _GNU_SOURCE
#include "pages.h"
#include "thread.h"
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

static long faults = 0;
static int leader_first = 0;
static pthread_t leader;
static pthread_barrier_t gate;

static void *run(void *first)
{
    touch_pages(faults);
    if (first && leader_first)
        check("pthread_join", pthread_join(leader, NULL));
    int error = pthread_barrier_wait(&gate);
    check("pthread_barrier_wait", error == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : error);
    return NULL;
}

static _Noreturn void child(long threads, const char *comm)
{
    pthread_t *all = calloc((size_t)threads, sizeof *all);
    if (!all)
        fail("calloc");
    if (comm)
        set_comm(comm);
    leader = pthread_self();
    check("pthread_barrier_init", pthread_barrier_init(&gate, NULL, (unsigned)threads));
    for (long i = 0; i < threads; i++)
        all[i] = start_thread(run, i == 0 ? &gate : NULL);
    if (leader_first)
        pthread_exit(NULL);
    for (long i = 0; i < threads; i++)
        check("pthread_join", pthread_join(all[i], NULL));
    _exit(0);
}

int main(int argc, char **argv)
{
    enum { FAULTS, LEADER_FIRST, COMM };
    static const struct option options[] = {
        {"faults", 1, 0, FAULTS}, {"leader-first", 0, 0, LEADER_FIRST}, {"comm", 1, 0, COMM}, {0}};
    const char *comm = NULL;
    int option, status;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case FAULTS: faults = parse_number(optarg, 0, 1 << 24); break;
        case LEADER_FIRST: leader_first = 1; break;
        case COMM: comm = optarg; break;
        default: return 2;
        }
    }
    if (argc != optind + 2)
        fail_with("usage: threads PROCESSES THREADS [--faults N] [--leader-first] [--comm NAME]", 0);
    long processes = parse_number(argv[optind], 1, LONG_MAX), threads = parse_number(argv[optind + 1], 1, 100000);

    struct totals sum = {0};
    struct rusage usage;
    double begin = seconds_now();
    while (sum.count < processes) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0)
            child(threads, comm);
        if (wait4(pid, &status, 0, &usage) < 0)
            fail("wait4");
        if (status)
            fail_with("a child failed", 0);
        add_usage(&sum, &usage);
    }
    print_totals(&sum, seconds_now() - begin, "threads", processes * (threads + 1));
    return 0;
}
