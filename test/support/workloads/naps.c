/*
 * naps: runs for a while and sleeps in between.
 *
 *   naps MICROSECONDS NAPS
 *
 * It is busy for MICROSECONDS in all, in NAPS + 1 runs of the same length with a sleep of a millisecond between two. It looks
 * at the monotonic clock, which takes no system call: whoever asks the kernel for its own CPU time brings it up to date.
 */
#define _GNU_SOURCE
#include "workload.h"
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        fail_with("want MICROSECONDS NAPS", 0);
    long naps = parse_number(argv[2], 0, 1000);
    long each = parse_number(argv[1], 0, 10000000) / (naps + 1);
    for (long nap = 0; nap <= naps; nap++) {
        for (long end = now_us() + each; now_us() < end;)
            ;
        if (nap < naps)
            usleep(1000);
    }
    return 0;
}
