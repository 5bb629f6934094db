/*
 * bare: the poll as a C program without anything else, the floor that the exporter's poll is compared with.
 *
 *   bare REPEATS < TGIDS          one tgid per line
 *
 * Resolves the family TASKSTATS, then REPEATS times asks the kernel for TGID and PID of every id: 64 requests per
 * sendto, their replies by recvmmsg, each looked at just enough to tell a reply from an error. Nothing is decoded
 * or kept. Needs CAP_NET_ADMIN. Only libc and kernel headers.
 *
 * Output: {"processes","repeats","queries","errors","cpu_us_per_query","wall_us_per_query"}: CPU is user and system
 * time of the query loop; "errors" are error replies, as ESRCH for a process that is gone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, REPLY_BYTES = 2048 };

/* One generic netlink request with one attribute of four bytes: 28 bytes, so that an array of them is a batch. */
struct request {
    struct nlmsghdr header;
    struct genlmsghdr command;
    struct nlattr attribute;
    __u32 id;
};

static void fail(const char *what)
{
    fprintf(stderr, "bare: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static double wall_now(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now))
        fail("clock_gettime");
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double cpu_now(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage))
        fail("getrusage");
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static int open_socket(void)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct timeval limit = {.tv_sec = 5}; /* a lost reply is an error, not a program that hangs */
    int bytes = 1 << 20, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    if (fd < 0 || connect(fd, (struct sockaddr *)&kernel, sizeof kernel))
        fail("socket");
    /* A batch of replies fits the usual default of 212,992 bytes, but not every default. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit))
        fail("setsockopt (needs CAP_NET_ADMIN)");
    return fd;
}

/* CTRL_CMD_GETFAMILY by name; the id of a family is chosen when the kernel boots. */
static __u16 resolve_family(int fd)
{
    struct {
        struct nlmsghdr header;
        struct genlmsghdr command;
        struct nlattr attribute;
        char name[NLA_ALIGN(sizeof TASKSTATS_GENL_NAME)];
    } request = {{sizeof request, GENL_ID_CTRL, NLM_F_REQUEST, 0, 0}, {CTRL_CMD_GETFAMILY, 1, 0},
                 {NLA_HDRLEN + sizeof TASKSTATS_GENL_NAME, CTRL_ATTR_FAMILY_NAME}, TASKSTATS_GENL_NAME};
    _Alignas(struct nlmsghdr) char reply[4096];
    if (send(fd, &request, sizeof request, 0) != sizeof request)
        fail("CTRL_CMD_GETFAMILY");
    ssize_t got = recv(fd, reply, sizeof reply, 0);
    struct nlmsghdr *header = (struct nlmsghdr *)reply;
    if (got < (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN) || header->nlmsg_len > (size_t)got)
        fail("CTRL_CMD_GETFAMILY reply");
    if (header->nlmsg_type == NLMSG_ERROR) {
        errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
        fail("family TASKSTATS (CONFIG_TASKSTATS?)");
    }
    for (size_t at = NLMSG_HDRLEN + GENL_HDRLEN; at + NLA_HDRLEN <= header->nlmsg_len;) {
        struct nlattr *attribute = (struct nlattr *)(reply + at);
        if (attribute->nla_type == CTRL_ATTR_FAMILY_ID)
            return *(__u16 *)(reply + at + NLA_HDRLEN);
        at += NLA_ALIGN(attribute->nla_len < NLA_HDRLEN ? NLA_HDRLEN : attribute->nla_len);
    }
    errno = 0;
    fail("CTRL_ATTR_FAMILY_ID");
    return 0;
}

/* Reads ids up to the end of stdin and makes the TGID and the PID request of each. */
static struct request *read_requests(__u16 family, size_t *count)
{
    struct request *all = NULL;
    size_t room = 0;
    unsigned id;
    int fields;
    for (*count = 0; (fields = scanf("%u", &id)) == 1;) {
        if (*count + 2 > room && !(all = reallocarray(all, room = room ? room * 2 : 1024, sizeof *all)))
            fail("reallocarray");
        for (__u16 kind = TASKSTATS_CMD_ATTR_PID; kind <= TASKSTATS_CMD_ATTR_TGID; kind++)
            all[(*count)++] = (struct request){{sizeof *all, family, NLM_F_REQUEST, 0, 0},
                                               {TASKSTATS_CMD_GET, TASKSTATS_GENL_VERSION, 0},
                                               {NLA_HDRLEN + sizeof id, kind}, id};
    }
    if (fields != EOF || !*count)
        fail("stdin: want tgids, one per line");
    return all;
}

/* Sends one batch and reads all its replies; returns how many were errors. */
static long exchange(int fd, const struct request *requests, size_t count)
{
    static char replies[BATCH][REPLY_BYTES] __attribute__((aligned(8)));
    static struct iovec pieces[BATCH];
    static struct mmsghdr messages[BATCH];
    long errors = 0;
    for (int i = 0; i < BATCH && !messages[i].msg_hdr.msg_iov; i++) {
        pieces[i] = (struct iovec){replies[i], REPLY_BYTES};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
    }
    if (sendto(fd, requests, count * sizeof *requests, 0, NULL, 0) != (ssize_t)(count * sizeof *requests))
        fail("sendto");
    for (size_t received = 0; received < count;) {
        int got = recvmmsg(fd, messages, (unsigned)(count - received), MSG_WAITFORONE, NULL);
        if (got < 0)
            fail("recvmmsg");
        for (int i = 0; i < got; i++)
            errors += ((struct nlmsghdr *)replies[i])->nlmsg_type == NLMSG_ERROR;
        received += (size_t)got;
    }
    return errors;
}

int main(int argc, char **argv)
{
    long repeats = argc == 2 ? strtol(argv[1], NULL, 10) : 0, errors = 0;
    size_t count;
    if (repeats < 1)
        fail("usage: bare REPEATS < TGIDS");
    int fd = open_socket();
    struct request *requests = read_requests(resolve_family(fd), &count);
    double cpu = cpu_now(), wall = wall_now();
    for (long i = 0; i < repeats; i++)
        for (size_t at = 0; at < count; at += BATCH)
            errors += exchange(fd, requests + at, count - at < BATCH ? count - at : BATCH);
    cpu = cpu_now() - cpu;
    wall = wall_now() - wall;
    double queries = (double)count * (double)repeats;
    printf("{\"processes\":%zu,\"repeats\":%ld,\"queries\":%.0f,\"errors\":%ld,\"cpu_us_per_query\":%.4f,"
           "\"wall_us_per_query\":%.4f}\n",
           count / 2, repeats, queries, errors, cpu * 1e6 / queries, wall * 1e6 / queries);
    if (fflush(stdout))
        fail("stdout");
    return 0;
}
