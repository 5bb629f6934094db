/* thread.h: threads with small stacks, of which a process can have thousands. */
#ifndef THREAD_H
#define THREAD_H

#include "workload.h"
#include <pthread.h>

/* The smallest stack that every Linux accepts: PTHREAD_STACK_MIN of arm64. */
enum { SMALL_STACK_BYTES = 128 * 1024 };

static inline void set_small_stack(pthread_attr_t *attributes)
{
    check("pthread_attr_init", pthread_attr_init(attributes));
    check("pthread_attr_setstacksize", pthread_attr_setstacksize(attributes, SMALL_STACK_BYTES));
}

static inline pthread_t start_thread(void *(*run)(void *), void *argument)
{
    pthread_attr_t small;
    pthread_t thread;
    set_small_stack(&small);
    check("pthread_create", pthread_create(&thread, &small, run, argument));
    return thread;
}

#endif
