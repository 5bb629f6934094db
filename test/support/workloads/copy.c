/*
 * copy: writes to pages that it shares with a child since the fork, so that the kernel has to copy each.
 *
 *   copy PAGES --comm NAME
 *
 * Small pages only. The child does nothing but hold the pages, and is gone when the line comes; the worker, which
 * the copies are billed to, stays (stage.h).
 *
 * Output: {"pid","pages"}, and {"ended"} when told to end
 */
#define _GNU_SOURCE
#include "stage.h"
#include <sys/mman.h>

static long pages;

static void write_each(volatile char *memory, long page)
{
    for (long i = 0; i < pages; i++)
        memory[i * page] = (char)i;
}

static void work(void)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t bytes = (size_t)(pages * page);
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    madvise(memory, bytes, MADV_NOHUGEPAGE); /* fails where there are none to refuse */
    write_each(memory, page);
    pid_t holder = fork_as("copy-holder");
    while (holder == 0)
        pause();
    write_each(memory, page);
    if (kill(holder, SIGKILL) || waitpid(holder, NULL, 0) != holder)
        fail("holder");
    stay("pages", pages);
}

int main(int argc, char **argv)
{
    struct stage stage = {.comm = parse_comm(argc, argv, "usage: copy PAGES --comm NAME")};
    pages = parse_number(argv[optind], 1, 65536);
    return run_stage(&stage, work);
}
