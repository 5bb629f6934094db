/*
 * stuck: a process whose command line cannot be read while a file system is frozen.
 *
 *   stuck FILE
 *
 * It maps FILE and says so. At a line on stdin, when FILE's file system has been frozen, one thread writes to the
 * mapped page, and waits for the file system in the page fault. The first thread then unmaps the page and waits for
 * that fault, while it holds the lock of the process's memory, which reading /proc/PID/cmdline needs. Ends with its
 * input.
 *
 * Output: mapped, then unmapped once the file system is thawed
 */
#define _GNU_SOURCE
#include "workload.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };

static char *page;
static volatile int tid;

/* The kernel writes to the page: where the page is unmapped by then, that is an error and no SIGSEGV. */
static void *touch(void *unused)
{
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    tid = (int)syscall(SYS_gettid);
    return read(zero, page, 1) == 1 ? unused : NULL;
}

/* Whether the thread is in state D. */
static int waits(void)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' && end[2] == 'D';
}

static void say(const char *word)
{
    puts(word);
    flush_line();
}

int main(int argc, char **argv)
{
    pthread_t thread;
    char line[16];
    if (argc != 2)
        fail_with("usage: stuck FILE", 0);
    int file = open(argv[1], O_RDWR | O_CLOEXEC);
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED)
        fail(argv[1]);
    say("mapped");
    if (!fgets(line, sizeof line, stdin))
        fail_with("want a line on stdin", 0);
    check("pthread_create", pthread_create(&thread, NULL, touch, NULL));
    while (!tid || !waits())
        usleep(1000);
    munmap(page, PAGE);
    say("unmapped");
    return fgets(line, sizeof line, stdin) ? 1 : 0;
}
