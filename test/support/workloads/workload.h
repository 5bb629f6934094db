/*
 * workload.h: shared by the programs of this folder: failing, arguments, names, clocks, and sums of rusage.
 * Everything is static inline, so that each program stays one file for the compiler.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Ends the program with `what` and the text of `error` (none when 0). Child processes may call it too. */
static inline void fail_with(const char *what, int error)
{
    fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, what, error ? ": " : "",
            error ? strerror(error) : "");
    exit(1);
}

static inline void fail(const char *what)
{
    fail_with(what, errno);
}

/* For functions that return their error, as those of pthreads do. */
static inline void check(const char *what, int error)
{
    if (error)
        fail_with(what, error);
}

/* A whole number from `least` to `most`; anything else ends the program. */
static inline long parse_number(const char *text, long least, long most)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end)
        fail_with(text, EINVAL);
    if (errno || value < least || value > most)
        fail_with(text, ERANGE);
    return value;
}

/* comm has room for 15 characters (TASK_COMM_LEN 16); longer names are refused here, not cut. */
static inline void set_comm(const char *name)
{
    if (strlen(name) > 15)
        fail_with("a comm has at most 15 characters", EINVAL);
    if (prctl(PR_SET_NAME, name))
        fail("prctl(PR_SET_NAME)");
}

/* Reads the arguments of a program that takes `--comm NAME` and one more, which is then argv[optind]. */
static inline const char *parse_comm(int argc, char **argv, const char *usage)
{
    static const struct option options[] = {{"comm", 1, 0, 'c'}, {0}};
    const char *comm = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'c')
            exit(2);
        comm = optarg;
    }
    if (argc != optind + 1 || !comm)
        fail_with(usage, 0);
    return comm;
}

static inline struct timespec read_clock(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now))
        fail("clock_gettime");
    return now;
}

static inline double seconds_now(void)
{
    struct timespec now = read_clock(CLOCK_MONOTONIC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline long now_us(void)
{
    struct timespec now = read_clock(CLOCK_MONOTONIC);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* CPU time of the calling thread. */
static inline long used_ms(void)
{
    struct timespec used = read_clock(CLOCK_THREAD_CPUTIME_ID);
    return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static inline void await_end_of_input(void)
{
    char bytes[256];
    ssize_t got;
    while ((got = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        continue;
    if (got < 0)
        fail("read");
}

/* What wait4 reported of all reaped children together. */
struct totals {
    long count, minflt, majflt, nvcsw, nivcsw, utime_us, stime_us;
};

static inline void add_usage(struct totals *sum, const struct rusage *one)
{
    sum->count += 1;
    sum->minflt += one->ru_minflt;
    sum->majflt += one->ru_majflt;
    sum->nvcsw += one->ru_nvcsw;
    sum->nivcsw += one->ru_nivcsw;
    sum->utime_us += one->ru_utime.tv_sec * 1000000L + one->ru_utime.tv_usec;
    sum->stime_us += one->ru_stime.tv_sec * 1000000L + one->ru_stime.tv_usec;
}

/* Writes what printf has buffered, so that a full or closed stdout is an error and not silence. */
static inline void flush_line(void)
{
    if (fflush(stdout) || ferror(stdout))
        fail("stdout");
}

/* Prints the totals as one line of JSON; `key` with `value` is the program's own figure. */
static inline void print_totals(const struct totals *sum, double seconds, const char *key, long value)
{
    printf("{\"count\":%ld,\"minflt\":%ld,\"majflt\":%ld,\"nvcsw\":%ld,\"nivcsw\":%ld,"
           "\"utime_us\":%ld,\"stime_us\":%ld,\"seconds\":%.6f,\"%s\":%ld}\n",
           sum->count, sum->minflt, sum->majflt, sum->nvcsw, sum->nivcsw, sum->utime_us, sum->stime_us, seconds, key,
           value);
    flush_line();
}

#endif
