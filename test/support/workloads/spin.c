/*
 * spin: uses a CPU that it has to share.
 *
 *   spin MILLISECONDS --comm NAME
 *
 * The worker and a rival, named "spin-rival", are bound to the same CPU and both busy until the worker has had
 * MILLISECONDS of it; then the rival is gone and the worker stays (stage.h).
 *
 * Output: {"pid","rounds"}, and {"ended"} when told to end
 */
#define _GNU_SOURCE
#include "one-cpu.h"
#include "stage.h"

static long milliseconds;

static void work(void)
{
    long rounds = 0;
    bind_to_one_cpu();
    pid_t rival = fork_as("spin-rival");
    while (rival == 0)
        __asm__ volatile("");
    for (long end = used_ms() + milliseconds; used_ms() < end; rounds++)
        ;
    if (kill(rival, SIGKILL) || waitpid(rival, NULL, 0) != rival)
        fail("rival");
    stay("rounds", rounds);
}

int main(int argc, char **argv)
{
    struct stage stage = {.comm = parse_comm(argc, argv, "usage: spin MILLISECONDS --comm NAME")};
    milliseconds = parse_number(argv[optind], 1, 60000);
    return run_stage(&stage, work);
}
