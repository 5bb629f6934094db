/*
 * refuse: runs a program that the kernel refuses waiting for sockets with poll and ppoll.
 *
 *   refuse PROGRAM ARGS...
 *
 * The calls fail with EPERM, as under a seccomp profile that forgets them. Output: none of its own.
 */
#define _GNU_SOURCE
#include "workload.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __NR_poll
#define POLL __NR_poll
#else
#define POLL __NR_ppoll
#endif

int main(int argc, char **argv)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POLL, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ppoll, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (argc < 2)
        fail_with("what is to be run?", EINVAL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        fail("prctl(PR_SET_NO_NEW_PRIVS)");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        fail("prctl(PR_SET_SECCOMP)");
    execvp(argv[1], argv + 1);
    fail(argv[1]);
}
