/* pages.h: minor faults in a known number, for workloads that make them. */
#ifndef PAGES_H
#define PAGES_H

#include "workload.h"
#include <sys/mman.h>
#include <unistd.h>

/* Maps `count` pages, writes to each, and unmaps them: at least `count` minor faults of the calling thread. */
static inline void touch_pages(long count)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = page * (size_t)count;
    if (!count)
        return;
    char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        fail("mmap");
    /* One fault per page wherever the kernel has huge pages; EINVAL: it has none at all. */
    if (madvise(pages, size, MADV_NOHUGEPAGE) && errno != EINVAL)
        fail("madvise");
    for (size_t at = 0; at < size; at += page)
        ((volatile char *)pages)[at] = 1;
    if (munmap(pages, size))
        fail("munmap");
}

#endif
