/*
 * titles: a server that forks a worker for each of COUNT connections, which may overwrite its command line and ends after
 * LIFE microseconds. No worker starts a program.
 *
 *   titles COUNT LIFE [--after US] [--untitled] [--parent] [--parallel P] [--idle]
 *
 * A worker calls itself `db: session` at once, or US microseconds after it began; never with --untitled. With --parent the
 * server calls itself `db: master` before the first fork. At most P (1) workers live at a time. Workers use a CPU for
 * their life; with --idle they sleep.
 *
 * Output: {"count"}, the workers that were reaped
 */
#define _GNU_SOURCE
#include "title.h"
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    long count, life_us, after_us, parallel;
    int titled, parent, idle;
} plan = {.parallel = 1, .titled = 1};

static struct title area;

static void spend(double seconds)
{
    double end = seconds_now() + seconds;
    if (plan.idle && seconds > 0)
        usleep((useconds_t)(seconds * 1e6));
    while (seconds_now() < end)
        ;
}

static void work(void)
{
    if (plan.titled && !plan.after_us)
        write_title(area, "db: session");
    if (plan.titled && plan.after_us) {
        spend((double)plan.after_us * 1e-6);
        write_title(area, "db: session");
    }
    spend((double)(plan.life_us - plan.after_us) * 1e-6);
    _exit(0);
}

static void reap(long *living)
{
    if (wait(NULL) < 0)
        fail("wait");
    *living -= 1;
}

static void read_arguments(int argc, char **argv)
{
    enum { AFTER, UNTITLED, PARENT, PARALLEL, IDLE };
    static const struct option options[] = {{"after", 1, 0, AFTER},   {"untitled", 0, 0, UNTITLED},
                                            {"parent", 0, 0, PARENT}, {"parallel", 1, 0, PARALLEL},
                                            {"idle", 0, 0, IDLE},     {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case AFTER: plan.after_us = parse_number(optarg, 0, 10000000); break;
        case UNTITLED: plan.titled = 0; break;
        case PARENT: plan.parent = 1; break;
        case PARALLEL: plan.parallel = parse_number(optarg, 1, 1000); break;
        case IDLE: plan.idle = 1; break;
        default: exit(2);
        }
    }
    if (optind + 2 != argc)
        fail_with("usage: titles COUNT LIFE [--after US] [--untitled] [--parent] [--parallel P] [--idle]", 0);
    plan.count = parse_number(argv[optind], 0, LONG_MAX);
    plan.life_us = parse_number(argv[optind + 1], plan.after_us, 10000000);
}

int main(int argc, char **argv)
{
    long living = 0;
    read_arguments(argc, argv);
    area = (struct title){argv[0], strlen(argv[0])};
    if (plan.parent)
        write_title(area, "db: master");
    for (long worker = 0; worker < plan.count; worker++) {
        if (living == plan.parallel)
            reap(&living);
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (!pid)
            work();
        living++;
    }
    while (living)
        reap(&living);
    printf("{\"count\":%ld}\n", plan.count);
    flush_line();
    return 0;
}
