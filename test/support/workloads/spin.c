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
#include "stage.h"
#include <sched.h>

static long milliseconds;

/* Binds this process to the first CPU that it may use. */
static void bind_to_one(void)
{
    cpu_set_t allowed, one;
    int cpu = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        fail("sched_getaffinity");
    while (!CPU_ISSET(cpu, &allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one))
        fail("sched_setaffinity");
}

static long used_ms(void)
{
    struct timespec used;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used))
        fail("clock_gettime");
    return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static void work(void)
{
    long rounds = 0;
    bind_to_one();
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
    struct stage stage = {0};
    static const struct option options[] = {{"comm", 1, 0, 'c'}, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'c')
            return 2;
        stage.comm = optarg;
    }
    if (argc != optind + 1 || !stage.comm)
        fail_with("usage: spin MILLISECONDS --comm NAME", 0);
    milliseconds = parse_number(argv[optind], 1, 60000);
    return run_stage(&stage, work);
}
