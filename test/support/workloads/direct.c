/*
 * direct: reads a file past the page cache, so that every read waits for the disk.
 *
 *   direct READS DIRECTORY --comm NAME [--threads T]
 *
 * The file, of 16 MiB and without a name, is in DIRECTORY, which must be on a disk. Each of T (1) threads, the main
 * one included, reads 4 KiB READS times; all of them stay (stage.h).
 *
 * Output: {"pid","reads","waited_us"}, all threads' together, and {"ended"} when told to end. The kernel's waits are part of
 * the time that the reads took by the clock.
 */
#define _GNU_SOURCE
#include "stage.h"
#include <pthread.h>

enum { FILE_BYTES = 16 << 20, BLOCK = 4096 };

static long reads, threads = 1, waited_us;
static int file;
static pthread_barrier_t all_read;

static void read_blocks(unsigned seed)
{
    void *block = aligned_alloc(BLOCK, BLOCK);
    double waited = 0;
    for (long i = 0; i < reads; i++) {
        double begin = seconds_now();
        if (pread(file, block, BLOCK, (off_t)(rand_r(&seed) % (FILE_BYTES / BLOCK)) * BLOCK) != BLOCK)
            fail("pread");
        waited += seconds_now() - begin;
    }
    free(block);
    __atomic_add_fetch(&waited_us, (long)(waited * 1e6) + 1, __ATOMIC_SEQ_CST);
}

static void *read_and_stay(void *seed)
{
    read_blocks((unsigned)(size_t)seed);
    pthread_barrier_wait(&all_read);
    wait_for_the_end();
}

static void work(void)
{
    pthread_t thread;
    int error = pthread_barrier_init(&all_read, NULL, (unsigned)threads);
    for (long i = 1; i < threads && !error; i++)
        error = pthread_create(&thread, NULL, read_and_stay, (void *)(size_t)i);
    if (error)
        fail_with("pthread_create", error);
    read_blocks(0);
    pthread_barrier_wait(&all_read);
    printf("{\"pid\":%d,\"reads\":%ld,\"waited_us\":%ld}\n", getpid(), reads * threads, waited_us);
    flush_line();
    wait_for_the_end();
}

int main(int argc, char **argv)
{
    struct stage stage = {0};
    static const struct option options[] = {{"comm", 1, 0, 'c'}, {"threads", 1, 0, 't'}, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c': stage.comm = optarg; break;
        case 't': threads = parse_number(optarg, 1, 64); break;
        default: return 2;
        }
    }
    if (argc != optind + 2 || !stage.comm)
        fail_with("usage: direct READS DIRECTORY --comm NAME [--threads T]", 0);
    reads = parse_number(argv[optind], 1, 1000000);
    file = make_file(argv[optind + 1], FILE_BYTES, O_DIRECT);
    return run_stage(&stage, work);
}
