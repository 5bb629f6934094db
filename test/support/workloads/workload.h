/*
 * workload.h: what the programs of this folder share: failing, arguments, names, and sums of rusage.
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

/* The least that every Linux takes for a thread's stack: PTHREAD_STACK_MIN of arm64. */
enum { SMALL_STACK_BYTES = 128 * 1024 };

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

static inline double seconds_now(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now))
        fail("clock_gettime");
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
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

/* Writes what printf has put aside, so that a full or closed stdout is an error and not silence. */
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
