/*
 * receiver: takes the exit events of taskstats and does nothing with them, the floor that the exporter's cost of an event is compared
 * with.
 *
 *   receiver
 *
 * Registers for the exit events of all CPUs with a receive buffer of 64 MiB. It waits as the exporter does: 20 ms after the first
 * event, and longer while many come, it takes all that are queued, by recvmmsg of 64 at a time, and counts them. Each line on standard
 * input is answered by one line of output; at its end the program ends. Needs CAP_NET_ADMIN. Only libc and kernel headers.
 *
 * Output: {"received","overruns"}: events since the start, and how often the kernel said that some were lost (ENOBUFS).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, EVENT_BYTES = 2048, QUIET_MS = 20, LONGEST_MS = 240, BUSY_EVENTS = 64, MOST_EVENTS = 4096, BUFFER_BYTES = 64 << 20 };

/* A generic netlink request with one attribute that holds a text. */
struct request {
    struct nlmsghdr header;
    struct genlmsghdr command;
    struct nlattr attribute;
    char text[64];
};

static void fail(const char *what)
{
    fprintf(stderr, "receiver: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static void ask(int descriptor, int type, int command, int attribute, const char *text)
{
    struct request request = {
        .header = {.nlmsg_type = (__u16)type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK, .nlmsg_seq = 1},
        .command = {.cmd = (__u8)command, .version = 1},
        .attribute = {.nla_len = (__u16)(NLA_HDRLEN + strlen(text) + 1), .nla_type = (__u16)attribute},
    };
    strcpy(request.text, text);
    request.header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN + NLA_ALIGN(request.attribute.nla_len));
    if (send(descriptor, &request, request.header.nlmsg_len, 0) < 0)
        fail("send");
}

/* The number of the family TASKSTATS, from the controller's reply. */
static int find_family(int descriptor)
{
    static char reply[8192];
    ask(descriptor, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME);
    long length = recv(descriptor, reply, sizeof(reply), 0);
    long at = NLMSG_LENGTH(GENL_HDRLEN);
    while (at + NLA_HDRLEN < length) {
        struct nlattr attribute;
        memcpy(&attribute, reply + at, sizeof(attribute));
        if (attribute.nla_type == CTRL_ATTR_FAMILY_ID) {
            __u16 family;
            memcpy(&family, reply + at + NLA_HDRLEN, sizeof(family));
            /* The acknowledgement of the request follows. */
            recv(descriptor, reply, sizeof(reply), 0);
            return family;
        }
        at += NLA_ALIGN(attribute.nla_len);
    }
    fail("the kernel has no family TASKSTATS");
    return 0;
}

/* All CPUs, as the mask of the online ones has them. */
static void register_for_exits(int descriptor, int family)
{
    char cpus[64] = "";
    FILE *file = fopen("/sys/devices/system/cpu/possible", "r");
    if (!file || !fgets(cpus, sizeof(cpus), file))
        fail("/sys/devices/system/cpu/possible");
    fclose(file);
    cpus[strcspn(cpus, "\n")] = '\0';
    ask(descriptor, family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus);
    struct nlmsgerr *answer;
    static char reply[8192];
    long length = recv(descriptor, reply, sizeof(reply), 0);
    answer = (struct nlmsgerr *)(reply + NLMSG_HDRLEN);
    if (length < NLMSG_HDRLEN + (long)sizeof(*answer) || answer->error != 0)
        fail("registering for exit events was refused");
}

static char events[BATCH][EVENT_BYTES];

/* Takes all that is queued. Adds to the counts. */
static void take(int descriptor, long *received, long *overruns)
{
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    for (;;) {
        for (int slot = 0; slot < BATCH; slot++) {
            vectors[slot] = (struct iovec){events[slot], EVENT_BYTES};
            messages[slot].msg_hdr = (struct msghdr){.msg_iov = &vectors[slot], .msg_iovlen = 1};
        }
        int taken = recvmmsg(descriptor, messages, BATCH, MSG_DONTWAIT, NULL);
        if (taken < 0 && errno == ENOBUFS)
            (*overruns)++;
        else if (taken < 0)
            return;
        else
            *received += taken;
    }
}

/* How long the next events collect, as in src/collect/exits/listener.ts. */
static long next_wait(long last_ms, long taken)
{
    if (taken < BUSY_EVENTS || taken > MOST_EVENTS)
        return QUIET_MS;
    long next = last_ms * MOST_EVENTS / taken;
    if (next > 2 * last_ms)
        next = 2 * last_ms;
    return next < LONGEST_MS ? next : LONGEST_MS;
}

int main(void)
{
    long received = 0, overruns = 0, wait_ms = QUIET_MS;
    int size = BUFFER_BYTES;
    int descriptor = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof(address)))
        fail("socket");
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
        fail("SO_RCVBUFFORCE");
    register_for_exits(descriptor, find_family(descriptor));
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready\n");
    for (;;) {
        struct pollfd waits[] = {{.fd = descriptor, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
        if (poll(waits, 2, -1) < 0)
            fail("poll");
        if (waits[0].revents) {
            struct timespec collect = {.tv_nsec = wait_ms * 1000 * 1000};
            long before = received;
            nanosleep(&collect, NULL);
            take(descriptor, &received, &overruns);
            wait_ms = next_wait(wait_ms, received - before);
        }
        if (waits[1].revents) {
            char line[64];
            if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
                return 0;
            take(descriptor, &received, &overruns);
            printf("{\"received\":%ld,\"overruns\":%ld}\n", received, overruns);
        }
    }
}
