/*
 * killed: a launcher that starts COUNT processes, which fault pages in without end, and kills each with SIGKILL in the
 * midst of it.
 *
 *   killed COUNT NAME [--alive A] [--threads T]
 *
 * A (2) of them live at a time, each with T (1) threads, the main one included. The oldest is killed after each dozen
 * of rounds that they have made together, a round being 64 pages. The launcher and all of them are named NAME from
 * their first moment on.
 *
 * Output: {"killed":COUNT,"minflt":N,"threads":T}: the faults that wait4 told of the launcher, those of all it reaped
 * included, and the thread ends, the launcher's included, if each process had started all its threads.
 */
#define _GNU_SOURCE
#include "born.h"
#include "pages.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 12, PAGES = 64 };

static int rounds[2], ready[2];

static void *touch_for_ever(void *unused)
{
    for (;;) {
        touch_pages(PAGES);
        if (write(rounds[1], "r", 1) != 1 && errno != EAGAIN)
            _exit(1);
    }
    return unused;
}

static pid_t start(long threads)
{
    char byte;
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid > 0) {
        if (read(ready[0], &byte, 1) != 1)
            fail("read");
        return pid;
    }
    pthread_t thread;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL))
        fail("prctl(PR_SET_PDEATHSIG)");
    for (long i = 1; i < threads; i++) {
        check("pthread_create", pthread_create(&thread, NULL, touch_for_ever, NULL));
    }
    if (write(ready[1], "r", 1) != 1)
        fail("write");
    touch_for_ever(NULL);
    _exit(1);
}

static void await_rounds(void)
{
    char bytes[ROUNDS];
    for (size_t got = 0; got < ROUNDS;) {
        ssize_t more = read(rounds[0], bytes, ROUNDS - got);
        if (more <= 0)
            fail("read");
        got += (size_t)more;
    }
}

static void kill_and_reap(pid_t pid)
{
    int status;
    if (kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid)
        fail("kill or waitpid");
    if (status != SIGKILL)
        fail_with("a child ended otherwise", 0);
}

static long count, alive = 2, threads = 1;

static void launch(void)
{
    pid_t *pids = calloc((size_t)count, sizeof *pids);
    /* A full pipe must not stop a child: rounds are counted as far as they fit. */
    if (!pids || pipe(ready) || pipe(rounds) || fcntl(rounds[1], F_SETFL, O_NONBLOCK))
        fail("calloc or pipe");
    for (long started = 0, ended = 0; ended < count;) {
        if (started < count && started - ended < alive) {
            pids[started++] = start(threads);
        } else {
            await_rounds();
            kill_and_reap(pids[ended++]);
        }
    }
}

int main(int argc, char **argv)
{
    enum { ALIVE, THREADS };
    static const struct option options[] = {{"alive", 1, 0, ALIVE}, {"threads", 1, 0, THREADS}, {0}};
    int option, status;
    struct rusage usage;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case ALIVE: alive = parse_number(optarg, 1, 1000); break;
        case THREADS: threads = parse_number(optarg, 1, 1000); break;
        default: return 2;
        }
    }
    if (argc != optind + 2)
        fail_with("usage: killed COUNT NAME [--alive A] [--threads T]", 0);
    count = parse_number(argv[optind], 1, 1000000);
    set_comm("killed-keeper");
    pid_t pid = fork_named(argv[optind + 1], fork, launch);
    if (wait4(pid, &status, 0, &usage) != pid || status)
        fail_with("the launcher failed", 0);
    printf("{\"killed\":%ld,\"minflt\":%ld,\"threads\":%ld}\n", count, usage.ru_minflt, count * threads + 1);
    flush_line();
    return 0;
}
