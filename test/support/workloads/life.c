/*
 * life: one process that does what stdin says, line by line, and a keeper that reaps it with wait4.
 *
 *   life NAME [--pid N] [--late]
 *
 * NAME is the process's comm from its first moment on. --pid gives it this id, which must be free, by way of
 * kernel.ns_last_pid. --late leaves what ends a zombie until the keeper gets SIGUSR1. Lines, obeyed by the process's
 * reading thread, the leader at first:
 *
 *   touch N           faults N pages in
 *   threads K N       starts K threads, each of which faults N pages in and sleeps for ever
 *   churn K N         starts K threads in turn, each of which faults N pages in and ends
 *   name NAME         sets the comm of the reading thread
 *   hand-over         a new thread reads on, and this one sleeps for ever
 *   hand-over-end     a new thread reads on after this one has ended
 *   burn MS           keeps a CPU busy until the reading thread has had so many milliseconds of it
 *   exec PATH [WORD]  execs PATH, which must lead to this program, with WORD as its last argument, and reads on
 *   spawn PATH        vforks and execs PATH, which reads on until it exits; then reaps it and reads on
 *   fork              forks; the child reads on until it exits; then reaps it and reads on
 *   daemonize         forks twice; parents end at once, the grandchild reads on
 *   exit CODE         ends the process; so does the end of stdin, with code 0
 *
 * Output: {"done":WORD,"pid":PID} at the start and after each line that was obeyed, and for each process that was reaped
 * {"reaped":PID,"status":S,"minflt":N,"majflt":N}, S being the wait status; with --late before that {"zombie":PID}. The
 * figures include those of children that the process had reaped itself. The keeper, a child subreaper, ends when
 * nothing is left to reap; its comm is `life-keeper`.
 */
#define _GNU_SOURCE
#include "born.h"
#include "pages.h"
#include "thread.h"
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

static void obey(void);

static void report(const char *word)
{
    printf("{\"done\":\"%s\",\"pid\":%d}\n", word, getpid());
    flush_line();
}

static pid_t reap(void)
{
    int status;
    struct rusage usage;
    pid_t pid = wait4(-1, &status, 0, &usage);
    if (pid < 0 && errno != ECHILD)
        fail("wait4");
    if (pid > 0) {
        printf("{\"reaped\":%d,\"status\":%d,\"minflt\":%ld,\"majflt\":%ld}\n", pid, status, usage.ru_minflt,
               usage.ru_majflt);
        flush_line();
    }
    return pid;
}

/* Threads */

static long faults;
static sem_t touched;

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static void *touch_and_sleep(void *unused)
{
    touch_pages(faults);
    sem_post(&touched);
    sleep_for_ever();
    return unused;
}

static void *touch_and_end(void *unused)
{
    touch_pages(faults);
    return unused;
}

static void burn(long milliseconds)
{
    for (long end = used_ms() + milliseconds; used_ms() < end;)
        ;
}

static void *read_on(void *unused)
{
    report("hand-over");
    obey();
    return unused;
}

/* The join waits for a word that the kernel clears in exit_mm(), and that comes after the thread's exit event. */
static void *read_on_after(void *ending)
{
    check("pthread_join", pthread_join(*(pthread_t *)ending, NULL));
    report("hand-over-end");
    obey();
    return NULL;
}

static void start_threads(long count)
{
    if (sem_init(&touched, 0, 0))
        fail("sem_init");
    for (long i = 0; i < count; i++)
        start_thread(touch_and_sleep, NULL);
    for (long i = 0; i < count; i++)
        while (sem_wait(&touched))
            if (errno != EINTR)
                fail("sem_wait");
}

static void churn_threads(long count)
{
    for (long i = 0; i < count; i++)
        check("pthread_join", pthread_join(start_thread(touch_and_end, NULL), NULL));
}

static void hand_over_and_end(void)
{
    static pthread_t self;
    self = pthread_self();
    start_thread(read_on_after, &self);
    pthread_exit(NULL);
}

/* Processes */

static void spawn_and_reap(char *path)
{
    pid_t pid;
    char *arguments[] = {path, "--resume", NULL};
    check(path, posix_spawn(&pid, path, NULL, NULL, arguments, environ));
    reap();
}

static void fork_and_reap(void)
{
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid > 0)
        reap();
}

static void daemonize(void)
{
    for (int forks = 0; forks < 2; forks++) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid > 0)
            _exit(0);
    }
}

/* Byte for byte, so that what follows the line is left to whoever reads on. */
static int read_line(char *line, size_t room)
{
    for (size_t at = 0; at < room; at++) {
        ssize_t got = read(STDIN_FILENO, line + at, 1);
        if (got < 0)
            fail("read");
        if (got == 0)
            return 0;
        if (line[at] == '\n') {
            line[at] = 0;
            return 1;
        }
    }
    fail_with("line too long", 0);
    return 0;
}

static long number(char **rest)
{
    char *word = strtok_r(NULL, " ", rest);
    return parse_number(word ? word : "", 0, 1 << 24);
}

static void obey(void)
{
    char line[4096], *rest;
    while (read_line(line, sizeof line)) {
        const char *word = strtok_r(line, " ", &rest);
        if (!word)
            fail_with("empty line", 0);
        if (!strcmp(word, "touch")) {
            touch_pages(number(&rest));
        } else if (!strcmp(word, "threads")) {
            long count = number(&rest);
            faults = number(&rest);
            start_threads(count);
        } else if (!strcmp(word, "churn")) {
            long count = number(&rest);
            faults = number(&rest);
            churn_threads(count);
        } else if (!strcmp(word, "name")) {
            set_comm(rest);
        } else if (!strcmp(word, "hand-over")) {
            start_thread(read_on, NULL);
            sleep_for_ever();
        } else if (!strcmp(word, "hand-over-end")) {
            hand_over_and_end();
        } else if (!strcmp(word, "burn")) {
            burn(number(&rest));
        } else if (!strcmp(word, "exec")) {
            const char *path = strtok_r(NULL, " ", &rest);
            execl(path, path, "--resume", *rest ? rest : NULL, NULL);
            fail(path);
        } else if (!strcmp(word, "spawn")) {
            spawn_and_reap(rest);
        } else if (!strcmp(word, "fork")) {
            fork_and_reap();
        } else if (!strcmp(word, "daemonize")) {
            daemonize();
        } else if (!strcmp(word, "exit")) {
            _exit((int)number(&rest));
        } else {
            fail_with(word, EINVAL);
        }
        report(word);
    }
    _exit(0);
}

/* The keeper */

static void set_last_pid(long pid)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%ld", pid), file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
    if (file < 0 || write(file, text, (size_t)length) != length || close(file))
        fail("ns_last_pid");
}

static long wanted = 0;

/* Another task may be given the id between the two lines; then there is nothing to do but to fail. */
static pid_t fork_as_wanted(void)
{
    if (wanted)
        set_last_pid(wanted - 1);
    pid_t pid = fork();
    if (pid == 0 && wanted && getpid() != wanted)
        fail_with("this id is taken", EEXIST);
    return pid;
}

static void live(void)
{
    report("start");
    obey();
}

static void await_order(const sigset_t *orders)
{
    siginfo_t info;
    int signal;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT))
        return;
    printf("{\"zombie\":%d}\n", info.si_pid);
    flush_line();
    check("sigwait", sigwait(orders, &signal));
}

int main(int argc, char **argv)
{
    enum { PID, LATE };
    static const struct option options[] = {{"pid", 1, 0, PID}, {"late", 0, 0, LATE}, {0}};
    int late = 0, option;
    if (argc >= 2 && !strcmp(argv[1], "--resume")) {
        report("exec");
        obey();
    }
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case PID: wanted = parse_number(optarg, 2, 1 << 22); break;
        case LATE: late = 1; break;
        default: return 2;
        }
    }
    if (argc != optind + 1)
        fail_with("usage: life NAME [--pid N] [--late]", 0);
    sigset_t orders;
    sigemptyset(&orders);
    sigaddset(&orders, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &orders, NULL) || prctl(PR_SET_CHILD_SUBREAPER, 1))
        fail("sigprocmask or prctl");
    set_comm("life-keeper");
    fork_named(argv[optind], fork_as_wanted, live);
    do {
        if (late)
            await_order(&orders);
    } while (reap() > 0);
    return 0;
}
