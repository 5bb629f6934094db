/*
 * spawn: starts COUNT short-lived processes, reaps each with wait4, and prints the sums of their rusage.
 *
 *   spawn COUNT [--parallel P] [--comm NAME] [-- CMD ARGS...]          children exec CMD (default /bin/true)
 *   spawn COUNT [--parallel P] [--comm NAME] --no-exec                 children _exit at once
 *         [--exit-codes A,B,..] [--signals A,B,..] [--core]            ... in these ways in turn (imply --no-exec)
 *         [--distinct]                                                 ... named NAME0, NAME1, ..: no two alike
 *   spawn COUNT --every MS ..                                          ... with so many milliseconds before each
 *
 * At most P (default 1) children live at a time. CMD is a path. With exec, the kernel takes comm from the name of
 * the file, so --comm runs CMD through a symbolic link of that name. Without exec a thread of that name forks, so that
 * children have it from their first moment and the parent's own stays `spawn`. --signals children kill themselves;
 * without --core none dumps core, with it dumps land where kernel.core_pattern says, by default the working directory.
 *
 * Output: {"count","minflt","majflt","nvcsw","nivcsw","utime_us","stime_us","seconds","dumped"}
 */
#define _GNU_SOURCE
#include "workload.h"
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ENDS = 64 };

static struct {
    long count, parallel, every_ms;
    const char *comm;
    int exec, core, distinct;
    int ends[MOST_ENDS], ends_given; /* wait statuses that --no-exec children end with, in turn */
    char **command;
    const char *file; /* what is executed: command[0] or the link to it */
} plan = {.parallel = 1, .exec = 1};

/* Appends the wait statuses of a comma-separated list: code << 8, or the signal's number. */
static void add_ends(char *list, long least, long most, int shift)
{
    plan.exec = 0;
    for (char *item = strtok(list, ","); item; item = strtok(NULL, ",")) {
        if (plan.ends_given == MOST_ENDS)
            fail_with("too many exit codes and signals", 0);
        plan.ends[plan.ends_given++] = (int)parse_number(item, least, most) << shift;
    }
}

static void read_arguments(int argc, char **argv)
{
    enum { PARALLEL, COMM, NO_EXEC, EXIT_CODES, SIGNALS, CORE, DISTINCT, EVERY };
    static const struct option options[] = {
        {"parallel", 1, 0, PARALLEL},     {"comm", 1, 0, COMM},       {"no-exec", 0, 0, NO_EXEC},
        {"exit-codes", 1, 0, EXIT_CODES}, {"signals", 1, 0, SIGNALS}, {"core", 0, 0, CORE},
        {"distinct", 0, 0, DISTINCT},     {"every", 1, 0, EVERY},     {0}};
    static char *fallback[] = {"/bin/true", NULL};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case PARALLEL: plan.parallel = parse_number(optarg, 1, 100000); break;
        case COMM: plan.comm = optarg; break;
        case NO_EXEC: plan.exec = 0; break;
        case EXIT_CODES: add_ends(optarg, 0, 255, 8); break;
        case SIGNALS: add_ends(optarg, 1, 64, 0); break;
        case CORE: plan.core = 1; break;
        case DISTINCT: plan.distinct = 1; break;
        case EVERY: plan.every_ms = parse_number(optarg, 1, 60000); break;
        default: exit(2);
        }
    }
    if (optind == argc || (!plan.exec && argc > optind + 1) || (plan.distinct && (plan.exec || !plan.comm)))
        fail_with("usage: spawn COUNT [--parallel P] [--comm NAME] [-- CMD ARGS...], or\n"
                  "  spawn COUNT [--parallel P] [--comm NAME] --no-exec [--exit-codes A,B] [--signals A,B] [--core]\n"
                  "  spawn COUNT --no-exec --comm NAME --distinct ...",
                  0);
    plan.count = parse_number(argv[optind], 1, LONG_MAX);
    plan.command = argc > optind + 1 ? argv + optind + 1 : fallback;
    plan.file = plan.command[0];
}

/* Makes DIRECTORY/comm -> the command's file and executes that from now on. */
static void link_command(char *directory, char *link, size_t room)
{
    char target[PATH_MAX];
    if (!*plan.comm || strlen(plan.comm) > 15 || strchr(plan.comm, '/'))
        fail_with("a comm has 1 to 15 characters and, with exec, no slash", EINVAL);
    if (!realpath(plan.file, target) || access(target, X_OK))
        fail(plan.file);
    if (!mkdtemp(directory) || snprintf(link, room, "%s/%s", directory, plan.comm) >= (int)room)
        fail(directory);
    if (symlink(target, link))
        fail(link);
    plan.file = link;
}

static void start_command(void)
{
    pid_t pid; /* posix_spawn is a vfork: nothing of this program is copied, and a failed exec is reported */
    int error = posix_spawn(&pid, plan.file, NULL, NULL, plan.command, environ);
    if (error)
        fail_with(plan.file, error);
}

static void start_plain(int status)
{
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid > 0)
        return;
    if ((status & 0x7f) && kill(getpid(), status & 0x7f))
        fail("kill");
    _exit(status >> 8);
}

static struct totals sum;
static long dumped;

/* A child has the name of the thread that forks it. */
static void name_next(long number)
{
    char name[16];
    if (snprintf(name, sizeof name, "%s%ld", plan.comm, number) >= (int)sizeof name)
        fail_with("a name and its number have 15 characters at the most", EINVAL);
    set_comm(name);
}

static void pause_ms(long ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left))
        if (errno != EINTR)
            fail("nanosleep");
}

/* Starts and reaps them all. */
static void *run(void *unused)
{
    long expected = 0, seen = 0;
    if (!plan.exec && plan.comm)
        set_comm(plan.comm);
    for (long started = 0; sum.count < plan.count;) {
        if (started < plan.count && started - sum.count < plan.parallel) {
            int end = plan.ends_given ? plan.ends[started % plan.ends_given] : 0;
            if (plan.every_ms)
                pause_ms(plan.every_ms);
            if (plan.distinct)
                name_next(started);
            if (plan.exec)
                start_command();
            else
                start_plain(end);
            expected += end;
            started++;
        } else {
            int status;
            struct rusage usage;
            if (wait4(-1, &status, 0, &usage) < 0)
                fail("wait4");
            dumped += WIFSIGNALED(status) && WCOREDUMP(status);
            seen += WIFSIGNALED(status) ? WTERMSIG(status) : status;
            add_usage(&sum, &usage);
        }
    }
    if (!plan.exec && seen != expected)
        fail_with("children did not end as told", 0);
    return unused;
}

/* No name of this program's own is changed: whoever looks at it meanwhile would bill it to its children's. */
static void run_in_thread(void)
{
    pthread_t thread;
    check("pthread_create", pthread_create(&thread, NULL, run, NULL));
    check("pthread_join", pthread_join(thread, NULL));
}

int main(int argc, char **argv)
{
    char directory[] = "/tmp/spawn-XXXXXX", link[64];
    read_arguments(argc, argv);
    if (plan.exec && plan.comm)
        link_command(directory, link, sizeof link);
    /* A core_pattern that is a pipe ignores RLIMIT_CORE 0, so the children are made undumpable as well. */
    struct rlimit limit = {plan.core ? RLIM_INFINITY : 0, plan.core ? RLIM_INFINITY : 0};
    if (setrlimit(RLIMIT_CORE, &limit) || (!plan.core && prctl(PR_SET_DUMPABLE, 0)))
        fail("RLIMIT_CORE");
    double begin = seconds_now();
    if (!plan.exec && plan.comm)
        run_in_thread();
    else
        run(NULL);
    double seconds = seconds_now() - begin;
    if (plan.file == link && (unlink(link) || rmdir(directory)))
        fail(directory);
    print_totals(&sum, seconds, "dumped", dumped);
    return 0;
}
