/*
 * capture-life: one process whose ids, threads and end are known from itself and from wait4, not from taskstats.
 *
 *   capture-life COMM THREADS CODE        the child ends with exit code CODE
 *   capture-life COMM THREADS -SIGNAL     the child kills itself
 *
 * The child is named COMM and has THREADS threads besides its main one. When all of them wait it prints
 * {"ppid":P,"pid":N,"tids":[..]}; at the end of stdin the threads end, then the main one. Then this program prints
 * {"status":S,"minflt":N,"majflt":N}: the wait status and the rusage of wait4.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 16 };

static pthread_barrier_t ready, end;
static long tids[MOST];

static _Noreturn void fail(const char *what)
{
    perror(what);
    _exit(1);
}

static void *run(void *slot)
{
    *(long *)slot = syscall(SYS_gettid);
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&end);
    return NULL;
}

static _Noreturn void child(const char *comm, int threads, int code)
{
    pthread_t all[MOST];
    char byte;
    if (prctl(PR_SET_NAME, comm) || prctl(PR_SET_DUMPABLE, 0))
        fail("prctl");
    pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&end, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&all[i], NULL, run, &tids[i]))
            fail("pthread_create");
    pthread_barrier_wait(&ready);
    printf("{\"ppid\":%d,\"pid\":%d,\"tids\":[", getppid(), getpid());
    for (int i = 0; i < threads; i++)
        printf("%s%ld", i ? "," : "", tids[i]);
    puts("]}");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    pthread_barrier_wait(&end);
    for (int i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
    if (code < 0)
        kill(getpid(), -code);
    _exit(code);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status, threads = argc == 4 ? atoi(argv[2]) : -1;
    if (threads < 0 || threads > MOST || strlen(argv[1]) > 15) {
        fprintf(stderr, "usage: capture-life COMM THREADS CODE|-SIGNAL\n");
        return 2;
    }
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0)
        child(argv[1], threads, atoi(argv[3]));
    if (wait4(pid, &status, 0, &usage) != pid)
        fail("wait4");
    printf("{\"status\":%d,\"minflt\":%ld,\"majflt\":%ld}\n", status, usage.ru_minflt, usage.ru_majflt);
    return 0;
}
