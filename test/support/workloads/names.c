/*
 * names: one process whose threads have several names.
 *
 *   names MILLISECONDS --comm NAME
 *
 * Besides the main thread, which sleeps, there are two threads named "reader" that each use so much CPU time and sleep,
 * four named "brief" that do the same one after the other and end, and one named "before" that does the same and sleeps.
 * With a byte on stdin the last one gets the name "after", uses so much CPU time again, and sleeps. All end with stdin.
 *
 * Output: {"pid":PID,"reader":N,"brief":N,"renamed":N}, a line after the first part and one after the byte: the CPU time
 * of the threads of each kind in microseconds, by their own clocks.
 */
#define _GNU_SOURCE
#include "thread.h"
#include <stdatomic.h>
#include <unistd.h>

enum { READERS = 2, BRIEF = 4 };

static long milliseconds;
static atomic_long reader_us, brief_us, renamed_us;
static atomic_int busy;
static int again[2];

static long used_us(void)
{
    struct timespec used = read_clock(CLOCK_THREAD_CPUTIME_ID);
    return used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static void use(long until_ms)
{
    while (used_ms() < until_ms)
        continue;
}

static void *brief(void *unused)
{
    set_comm("brief");
    use(milliseconds);
    atomic_fetch_add(&brief_us, used_us());
    return unused;
}

static void *reader(void *unused)
{
    set_comm("reader");
    use(milliseconds);
    atomic_fetch_add(&reader_us, used_us());
    atomic_fetch_sub(&busy, 1);
    for (;;)
        pause();
    return unused;
}

static void *renamed(void *unused)
{
    char byte;
    set_comm("before");
    use(milliseconds);
    atomic_store(&renamed_us, used_us());
    atomic_fetch_sub(&busy, 1);
    if (read(again[0], &byte, 1) != 1)
        fail("read");
    set_comm("after");
    use(2 * milliseconds);
    atomic_store(&renamed_us, used_us());
    atomic_fetch_sub(&busy, 1);
    for (;;)
        pause();
    return unused;
}

/* Waits until no thread but the main one is on a CPU or wants one. */
static void settle(void)
{
    while (atomic_load(&busy) > 0)
        if (usleep(1000))
            fail("usleep");
    if (usleep(20000))
        fail("usleep");
    printf("{\"pid\":%d,\"reader\":%ld,\"brief\":%ld,\"renamed\":%ld}\n", getpid(), atomic_load(&reader_us),
           atomic_load(&brief_us), atomic_load(&renamed_us));
    flush_line();
}

int main(int argc, char **argv)
{
    char byte;
    const char *comm = parse_comm(argc, argv, "usage: names MILLISECONDS --comm NAME");
    milliseconds = parse_number(argv[optind], 1, 10000);
    if (pipe(again))
        fail("pipe");
    set_comm(comm);
    atomic_store(&busy, READERS + 1);
    for (int i = 0; i < READERS; i++)
        start_thread(reader, NULL);
    start_thread(renamed, NULL);
    for (int i = 0; i < BRIEF; i++)
        check("pthread_join", pthread_join(start_thread(brief, NULL), NULL));
    settle();
    if (read(STDIN_FILENO, &byte, 1) != 1)
        return 0;
    atomic_store(&busy, 1);
    if (write(again[1], "x", 1) != 1)
        fail("write");
    settle();
    await_end_of_input();
    return 0;
}
