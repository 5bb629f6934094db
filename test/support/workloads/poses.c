/*
 * poses PREFIX DIRECTORY: processes that each stay in another state, named PREFIX and a suffix: -sleep; -stop, stopped; -crew, of six
 * threads; -files, with 200 descriptors and a megabyte written to a file in DIRECTORY; -pages, which has computed and touched 8 MiB.
 * At a line on stdin three of them exit: -dead, which stays a zombie; -bare, whose three other threads live on; -gone, which touches
 * 1,000 pages before, and is reaped. All are killed when stdin ends.
 */
#define _GNU_SOURCE
#include "pages.h"
#include "thread.h"
#include "workload.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static const char *prefix, *directory;

static void *wait_forever(void *name)
{
    set_comm(name);
    for (;;)
        pause();
    return NULL;
}

static void start_threads(int count, const char *name)
{
    for (int index = 0; index < count; index++)
        start_thread(wait_forever, (void *)name);
}

static void wait_for_word(void)
{
    sigset_t set;
    int signal;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    check("sigwait", sigwait(&set, &signal));
}

static void pose_crew(void)
{
    start_threads(5, "hand");
}

static void pose_files(void)
{
    static char block[1 << 20];
    int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0 || write(file, block, sizeof block) != sizeof block || fsync(file))
        fail(directory);
    for (int count = 1; count < 200; count++)
        if (dup(file) < 0)
            fail("dup");
}

static void pose_pages(void)
{
    enum { SIZE = 8 << 20 };
    char *pages = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        fail("mmap");
    memset(pages, 1, SIZE);
    for (volatile long loops = 0; loops < 60000000; loops++)
        ;
}

static void pose_dead(void)
{
    wait_for_word();
    _exit(0);
}

static void pose_bare(void)
{
    start_threads(3, "hand");
    wait_for_word();
    pthread_exit(NULL);
}

static void pose_gone(void)
{
    wait_for_word();
    touch_pages(1000);
    _exit(0);
}

static void pose_nothing(void)
{
}

static pid_t start(const char *suffix, void (*pose)(void))
{
    char name[32];
    snprintf(name, sizeof name, "%s-%s", prefix, suffix);
    /* The child has its name from the first moment on. */
    set_comm(name);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid > 0) {
        set_comm("poses");
        return pid;
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
        _exit(1);
    pose();
    raise(SIGSTOP);
    for (;;)
        pause();
}

/* Each process stops when it has its pose; all but one go on. */
static void await_stop(pid_t pid)
{
    siginfo_t info;
    if (waitid(P_PID, pid, &info, WSTOPPED | WEXITED) || info.si_code != CLD_STOPPED)
        fail("a pose");
}

static pid_t pose(const char *suffix, void (*take)(void), int goes_on)
{
    pid_t pid = start(suffix, take);
    await_stop(pid);
    if (goes_on && kill(pid, SIGCONT))
        fail("SIGCONT");
    return pid;
}

static char state_of(pid_t pid)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file))
        fail(path);
    fclose(file);
    return strrchr(line, ')')[2];
}

static void await_state(pid_t pid, char state)
{
    while (state_of(pid) != state)
        usleep(1000);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail_with("usage: poses PREFIX DIRECTORY", 0);
    prefix = argv[1];
    directory = argv[2];
    sigset_t word;
    sigemptyset(&word);
    sigaddset(&word, SIGUSR1);
    check("sigmask", pthread_sigmask(SIG_BLOCK, &word, NULL));
    pid_t sleeper = pose("sleep", pose_nothing, 1);
    pose("stop", pose_nothing, 0);
    pid_t crew = pose("crew", pose_crew, 1);
    pid_t files = pose("files", pose_files, 1);
    pid_t pages = pose("pages", pose_pages, 1);
    pid_t dead = start("dead", pose_dead);
    pid_t bare = start("bare", pose_bare);
    pid_t gone = start("gone", pose_gone);
    pid_t sleeping[] = {sleeper, crew, files, pages, dead, bare, gone};
    for (size_t index = 0; index < sizeof sleeping / sizeof *sleeping; index++)
        await_state(sleeping[index], 'S');
    printf("posed\n");
    fflush(stdout);
    while (getchar() == '\n') {
        if (kill(dead, SIGUSR1) || kill(bare, SIGUSR1) || kill(gone, SIGUSR1))
            fail("SIGUSR1");
        await_state(dead, 'Z');
        await_state(bare, 'Z');
        if (waitpid(gone, NULL, 0) != gone)
            fail("waitpid");
        printf("ended\n");
        fflush(stdout);
    }
    return 0;
}
