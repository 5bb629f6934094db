/*
 * press: goes through more memory than its cgroup allows, several times.
 *
 *   press file|anonymous MEGABYTES PASSES --comm NAME --cgroup DIRECTORY [--directory DIRECTORY]
 *
 * "file" reads as many pages as a file of that size has, in random order, without readahead: pages that were in use get
 * evicted and come back. The file is made in --directory (/var/tmp), which must be on a disk, beforehand and without a
 * name. "anonymous" writes each page of fresh memory, which needs swap. Only the worker enters the cgroup; when its
 * line comes it has given the memory back, and it stays (stage.h).
 *
 * Output: {"pid","pages"}, of one pass, and {"ended"} when told to end
 */
#define _GNU_SOURCE
#include "stage.h"
#include <sys/mman.h>

static size_t bytes;
static long passes;
static int file = -1;
static const char *cgroup;

static char block[1 << 16];

/* What the kernel evicts it decides by the cgroup's statistics, and brings those up to date when they are read, else
 * every two seconds or later: without this some runs saw no page come back that had been in use. */
static void refresh_statistics(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/memory.stat", cgroup);
    int statistics = open(path, O_RDONLY | O_CLOEXEC);
    if (statistics < 0 || read(statistics, block, sizeof block) <= 0 || close(statistics))
        fail(path);
}

static void read_randomly(long pages, size_t page)
{
    unsigned seed = 1;
    if (posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM))
        fail_with("posix_fadvise", 0);
    for (long i = 0; i < pages * passes; i++) {
        if (i % (pages / 4) == 0)
            refresh_statistics();
        if (pread(file, block, page, (off_t)(rand_r(&seed) % (unsigned)pages) * (off_t)page) != (ssize_t)page)
            fail("pread");
    }
}

static void write_in_turn(size_t page)
{
    volatile char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    madvise((void *)memory, bytes, MADV_NOHUGEPAGE); /* fails where there are none to refuse */
    for (long pass = 0; pass < passes; pass++)
        for (size_t at = 0; at < bytes; at += page)
            memory[at] = (char)pass;
    if (munmap((void *)memory, bytes))
        fail("munmap");
}

static void work(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (file < 0)
        write_in_turn(page);
    else
        read_randomly((long)(bytes / page), page);
    stay("pages", (long)(bytes / page));
}

int main(int argc, char **argv)
{
    struct stage stage = {0};
    const char *directory = "/var/tmp";
    static const struct option options[] = {
        {"comm", 1, 0, 'c'}, {"cgroup", 1, 0, 'g'}, {"directory", 1, 0, 'd'}, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c': stage.comm = optarg; break;
        case 'g': stage.cgroup = cgroup = optarg; break;
        case 'd': directory = optarg; break;
        default: return 2;
        }
    }
    if (argc != optind + 3 || !stage.comm || !stage.cgroup)
        fail_with("usage: press file|anonymous MEGABYTES PASSES --comm NAME --cgroup DIRECTORY [--directory D]", 0);
    bytes = (size_t)parse_number(argv[optind + 1], 1, 256) << 20;
    passes = parse_number(argv[optind + 2], 1, 1000);
    if (strcmp(argv[optind], "file") == 0)
        file = make_file(directory, (long)bytes, 0);
    else if (strcmp(argv[optind], "anonymous") != 0)
        fail_with(argv[optind], EINVAL);
    return run_stage(&stage, work);
}
