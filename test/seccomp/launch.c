/*
 * Executes a program under a filter of system calls: launch RULES PROGRAM [ARGUMENT ...]. The file RULES has the machine's
 * number of each allowed call, one to a line; `NUMBER INDEX MASK VALUE` allows it where argument INDEX, masked, is VALUE
 * (the lower 32 bits); `NUMBER ! ERRNO` refuses it with that errno. All others are refused with EPERM, as container runtimes
 * do it by libseccomp.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

static struct sock_filter program[4096];
static unsigned short count;

static void add(unsigned short code, unsigned char jt, unsigned char jf, unsigned int k)
{
    if (count == sizeof(program) / sizeof(program[0]))
        exit(3);
    program[count++] = (struct sock_filter){ code, jt, jf, k };
}

static void load(unsigned int offset)
{
    add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset);
}

static void answer(unsigned int value)
{
    add(BPF_RET | BPF_K, 0, 0, value);
}

static void add_rule(const char *line)
{
    unsigned int number, index, mask, value;

    if (sscanf(line, "%u ! %u", &number, &value) == 2) {
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number);
        answer(SECCOMP_RET_ERRNO | value);
    } else if (sscanf(line, "%u %u %u %u", &number, &index, &mask, &value) == 4) {
        /* The number is loaded again after an argument was looked at. */
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 5, number);
        load(offsetof(struct seccomp_data, args) + 8 * index);
        add(BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
        answer(SECCOMP_RET_ALLOW);
        load(offsetof(struct seccomp_data, nr));
    } else if (sscanf(line, "%u", &number) == 1) {
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number);
        answer(SECCOMP_RET_ALLOW);
    }
}

int main(int argc, char **argv)
{
    char line[128];
    struct sock_fprog filter = { 0, program };
    FILE *rules;

    if (argc < 3 || !(rules = fopen(argv[1], "re")))
        return 2;
    load(offsetof(struct seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCH);
    answer(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(struct seccomp_data, nr));
    while (fgets(line, sizeof(line), rules))
        add_rule(line);
    fclose(rules);
    answer(SECCOMP_RET_ERRNO | EPERM);
    filter.len = count;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter)) {
        perror("seccomp");
        return 2;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
