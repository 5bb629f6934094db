/* born.h: children that have their name from their first moment on. */
#ifndef BORN_H
#define BORN_H

#include "workload.h"
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

struct birth {
    const char *name;
    pid_t (*give)(void);
    void (*live)(void);
    pid_t pid;
    sem_t given;
};

static inline void *give_birth(void *argument)
{
    struct birth *birth = argument;
    set_comm(birth->name);
    pid_t pid = birth->give();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        birth->live();
        _exit(0);
    }
    birth->pid = pid;
    sem_post(&birth->given);
    return NULL;
}

/*
 * Forks by `give` and runs `live` in the child, whose comm is `name`. It is that of the thread that forks, and the
 * parent's own, its leader's, never changes: nobody who looks at either sees a wrong name.
 */
static inline pid_t fork_named(const char *name, pid_t (*give)(void), void (*live)(void))
{
    struct birth birth = {.name = name, .give = give, .live = live};
    pthread_t thread;
    if (sem_init(&birth.given, 0, 0))
        fail("sem_init");
    check("pthread_create", pthread_create(&thread, NULL, give_birth, &birth));
    /* Not in pthread_join yet: the child would inherit a thread that is being joined, and could not join it itself. */
    while (sem_wait(&birth.given))
        if (errno != EINTR)
            fail("sem_wait");
    check("pthread_join", pthread_join(thread, NULL));
    return birth.pid;
}

#endif
