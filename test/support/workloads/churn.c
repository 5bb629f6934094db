/*
 * churn: one process whose threads keep ending, until stdin ends. It makes the kernel's per-process sums fall, since
 * a thread in the middle of ending is counted twice.
 *
 *   churn --threads [--comm NAME]
 *
 * Four threads live at any time besides the main one, which sleeps in read(): each switches voluntarily a few times,
 * starts its successor, and ends.
 *
 * Output, after stdin has ended: {"threads":N}: the thread ends of this process, the main one included. The
 * last one comes after the output.
 */
#define _GNU_SOURCE
#include "thread.h"
#include <stdatomic.h>
#include <unistd.h>

enum { ALIVE = 4, SWITCHES = 5, SLEEP_US = 50 };

static pthread_attr_t detached;
static atomic_int stopping = 0;
static atomic_int chains = ALIVE;
static atomic_long started = 0;

static void *run(void *unused);

static void start(void)
{
    pthread_t thread;
    check("pthread_create", pthread_create(&thread, &detached, run, NULL));
    atomic_fetch_add(&started, 1);
}

static void *run(void *unused)
{
    for (int i = 0; i < SWITCHES; i++)
        if (usleep(SLEEP_US))
            fail("usleep");
    if (atomic_load(&stopping))
        atomic_fetch_sub(&chains, 1);
    else
        start();
    return unused;
}

int main(int argc, char **argv)
{
    enum { THREADS, COMM };
    static const struct option options[] = {{"threads", 0, 0, THREADS}, {"comm", 1, 0, COMM}, {0}};
    int option, threads = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case THREADS: threads = 1; break;
        case COMM: set_comm(optarg); break;
        default: return 2;
        }
    }
    if (!threads || optind != argc)
        fail_with("usage: churn --threads [--comm NAME]", 0);
    set_small_stack(&detached);
    check("pthread_attr_setdetachstate", pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED));
    for (int i = 0; i < ALIVE; i++)
        start();
    await_end_of_input();
    atomic_store(&stopping, 1);
    while (atomic_load(&chains) > 0)
        if (usleep(1000))
            fail("usleep");
    printf("{\"threads\":%ld}\n", atomic_load(&started) + 1);
    flush_line();
    return 0;
}
