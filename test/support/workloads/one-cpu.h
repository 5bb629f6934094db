/* one-cpu.h: processes that compete for one CPU. */
#ifndef ONE_CPU_H
#define ONE_CPU_H

#include "workload.h"
#include <sched.h>

/* Binds this process, and the children that it forks from then on, to the first CPU that it may use. */
static inline void bind_to_one_cpu(void)
{
    cpu_set_t allowed, one;
    int cpu = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        fail("sched_getaffinity");
    while (!CPU_ISSET(cpu, &allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one))
        fail("sched_setaffinity");
}

#endif
