/*
 * rings: threads that wait for io_uring, which the kernel counts as block I/O, and compute in between.
 *
 *   rings ROUNDS --comm NAME [--threads T] [--waits W] [--microseconds U] [--loops L]
 *
 * In each of ROUNDS rounds T (4) threads do L (1500000) empty loops and wait for a timeout of U (3000) microseconds, W (40)
 * times each, and end. Under load a kernel that dequeues tasks late (Linux 6.12 and later) counts some of their waits from an
 * old stamp. The process stays until stdin ends.
 *
 * Output: {"pid","threads","waits","waited_us","longest_us","lived_us"}. A wait that a thread measures holds the one that
 * the kernel counts, and the way back to a CPU. Lives are measured from outside, so that each holds the thread's own, whose
 * record is sent before it is joined; the main thread's is among them.
 */
#define _GNU_SOURCE
#include "workload.h"
#include <linux/io_uring.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One thread's ring: where its entries and their indices are. */
struct ring {
    int file;
    unsigned *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail;
    struct io_uring_sqe *entries;
};

struct measured {
    long waits, waited_us, longest_us;
};

static long waits = 40, microseconds = 3000, loops = 1500000;
static struct measured total;
static long lived_us;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

static void *map_ring(int file, size_t bytes, off_t which)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, which);
    if (at == MAP_FAILED)
        fail("mmap");
    return at;
}

static struct ring open_ring(void)
{
    struct io_uring_params params = {0};
    struct ring ring = {.file = (int)syscall(SYS_io_uring_setup, 1, &params)};
    if (ring.file < 0)
        fail("io_uring_setup");
    char *sq = map_ring(ring.file, params.sq_off.array + params.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    char *cq = map_ring(ring.file, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
    ring.entries = map_ring(ring.file, params.sq_entries * sizeof *ring.entries, IORING_OFF_SQES);
    ring.sq_tail = (unsigned *)(sq + params.sq_off.tail);
    ring.sq_mask = (unsigned *)(sq + params.sq_off.ring_mask);
    ring.sq_array = (unsigned *)(sq + params.sq_off.array);
    ring.cq_head = (unsigned *)(cq + params.cq_off.head);
    ring.cq_tail = (unsigned *)(cq + params.cq_off.tail);
    return ring;
}

/* Submits a timeout and sleeps until it is over. */
static void wait_once(struct ring *ring)
{
    struct __kernel_timespec timeout = {0, microseconds * 1000};
    unsigned index = *ring->sq_tail & *ring->sq_mask;
    ring->entries[index] = (struct io_uring_sqe){
        .opcode = IORING_OP_TIMEOUT, .fd = -1, .addr = (unsigned long)&timeout, .len = 1};
    ring->sq_array[index] = index;
    __atomic_store_n(ring->sq_tail, *ring->sq_tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring->file, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
        fail("io_uring_enter");
    __atomic_store_n(ring->cq_head, __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
}

static void add(const struct measured *own)
{
    pthread_mutex_lock(&adding);
    total.waits += own->waits;
    total.waited_us += own->waited_us;
    if (own->longest_us > total.longest_us)
        total.longest_us = own->longest_us;
    pthread_mutex_unlock(&adding);
}

static void *run_thread(void *unused)
{
    struct measured own = {0};
    struct ring ring = open_ring();
    for (; own.waits < waits; own.waits++) {
        for (long i = 0; i < loops; i++)
            __asm__ volatile("");
        long begin = now_us();
        wait_once(&ring);
        long waited = now_us() - begin;
        own.waited_us += waited;
        if (waited > own.longest_us)
            own.longest_us = waited;
    }
    close(ring.file);
    add(&own);
    return unused;
}

static void run_round(long threads)
{
    pthread_t ids[64];
    long born[64];
    for (long i = 0; i < threads; i++) {
        born[i] = now_us();
        check("pthread_create", pthread_create(&ids[i], NULL, run_thread, NULL));
    }
    for (long i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        lived_us += now_us() - born[i];
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"comm", 1, 0, 'c'}, {"threads", 1, 0, 't'}, {"waits", 1, 0, 'w'},
        {"microseconds", 1, 0, 'u'}, {"loops", 1, 0, 'l'}, {0}};
    const char *comm = NULL;
    long threads = 4;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c': comm = optarg; break;
        case 't': threads = parse_number(optarg, 1, 64); break;
        case 'w': waits = parse_number(optarg, 1, 100000); break;
        case 'u': microseconds = parse_number(optarg, 1, 999999); break;
        case 'l': loops = parse_number(optarg, 0, 1000000000); break;
        default: return 2;
        }
    }
    if (argc != optind + 1 || !comm)
        fail_with("usage: rings ROUNDS --comm NAME [--threads T] [--waits W] [--microseconds U] [--loops L]", 0);
    long rounds = parse_number(argv[optind], 1, 10000);
    long begin = now_us();
    set_comm(comm);
    for (long i = 0; i < rounds; i++)
        run_round(threads);
    lived_us += now_us() - begin;
    printf("{\"pid\":%d,\"threads\":%ld,\"waits\":%ld,\"waited_us\":%ld,\"longest_us\":%ld,\"lived_us\":%ld}\n", getpid(),
        rounds * threads, total.waits, total.waited_us, total.longest_us, lived_us);
    flush_line();
    await_end_of_input();
    return 0;
}
