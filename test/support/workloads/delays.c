/*
 * delays: asks the kernel for the delays of single threads, as an oracle: it shares no line with what it judges.
 *
 *   delays TID...          living threads, and those that ended but were not reaped
 *   delays --ends TID...   the records that the kernel sends when these threads end
 *
 * Not even <linux/taskstats.h> is used: the offsets are those of struct version 16, of which the versions before, but
 * for 15, and after are prefixes or extensions. What a shorter struct does not have is not in the output.
 *
 * Output, a line per thread: {"tid","version","kinds":{"cpu":{"count","total","max"},...}}, times in nanoseconds; with
 * --ends, {"listening":1} comes first, when no end can be missed any more
 */
#define _GNU_SOURCE
#include "workload.h"
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TASKSTATS_GET = 1, ASK_PID = 1, ASK_REGISTER = 3, REPLY_PID = 1, REPLY_STATS = 3, REPLY_PID_AND_STATS = 4 };

static const struct {
    const char *name;
    size_t count, max; /* the total follows the count */
} kinds[] = {
    {"cpu", 16, 432},       {"blkio", 32, 448},   {"swapin", 48, 464},  {"freepages", 312, 480},
    {"thrashing", 328, 496}, {"compact", 352, 512}, {"wpcopy", 400, 528}, {"irq", 416, 544},
};

static int netlink;
static char buffer[8192] __attribute__((aligned(8)));

/* Sends one request with one attribute. */
static void send_request(uint16_t family, uint8_t command, uint16_t attribute, const void *value, size_t size)
{
    struct {
        struct nlmsghdr header;
        struct genlmsghdr generic;
        struct nlattr attribute;
        char value[64];
    } request = {.header = {.nlmsg_type = family, .nlmsg_flags = NLM_F_REQUEST},
                 .generic = {.cmd = command, .version = 1},
                 .attribute = {.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = attribute}};
    if (size > sizeof request.value)
        fail_with("a request is too long", 0);
    memcpy(request.value, value, size);
    request.header.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN + NLA_ALIGN(size));
    if (attribute == ASK_REGISTER)
        request.header.nlmsg_flags |= NLM_F_ACK;
    if (send(netlink, &request, request.header.nlmsg_len, 0) < 0)
        fail("send");
}

/* Returns where the attributes of the next message begin and, in `length`, their size; NULL is a success by itself. */
static char *receive(size_t *length)
{
    ssize_t got = recv(netlink, buffer, sizeof buffer, 0);
    if (got < (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN))
        fail("recv");
    const struct nlmsghdr *reply = (const void *)buffer;
    if (reply->nlmsg_type == NLMSG_ERROR) {
        int error = *(const int32_t *)(buffer + NLMSG_HDRLEN);
        if (error)
            fail_with("the kernel refuses", -error);
        return NULL;
    }
    *length = reply->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
    return buffer + NLMSG_HDRLEN + GENL_HDRLEN;
}

/* The attribute of that type among those at `from`; its payload's size in `size`. */
static char *find(char *from, size_t length, int type, size_t *size)
{
    for (char *at = from; at + NLA_HDRLEN <= from + length;) {
        const struct nlattr *attribute = (const void *)at;
        if ((attribute->nla_type & NLA_TYPE_MASK) == type) {
            *size = attribute->nla_len - NLA_HDRLEN;
            return at + NLA_HDRLEN;
        }
        at += NLA_ALIGN(attribute->nla_len);
    }
    fail_with("an attribute is missing", 0);
    return NULL;
}

static uint64_t number_at(const char *record, size_t at)
{
    uint64_t value;
    memcpy(&value, record + at, sizeof value);
    return value;
}

static void print_record(long tid, const char *record, size_t size)
{
    uint16_t version;
    memcpy(&version, record, sizeof version);
    if (version == 15)
        fail_with("struct version 15 has another order", 0);
    printf("{\"tid\":%ld,\"version\":%d,\"kinds\":{", tid, version);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && kinds[i].count + 16 <= size; i++) {
        printf("%s\"%s\":{\"count\":%lu,\"total\":%lu", i ? "," : "", kinds[i].name, number_at(record, kinds[i].count),
               number_at(record, kinds[i].count + 8));
        if (kinds[i].max + 8 <= size)
            printf(",\"max\":%lu", number_at(record, kinds[i].max));
        printf("}");
    }
    printf("}}\n");
    flush_line();
}

/* Prints what a reply or an event holds of one thread, unless that is not among the wanted; tells whether it is. */
static int print_wanted(char *message, size_t length, char *const *wanted)
{
    size_t size;
    uint32_t tid;
    message = find(message, length, REPLY_PID_AND_STATS, &length);
    memcpy(&tid, find(message, length, REPLY_PID, &size), sizeof tid);
    for (; *wanted; wanted++)
        if ((uint32_t)atol(*wanted) == tid) {
            const char *record = find(message, length, REPLY_STATS, &size);
            print_record(tid, record, size);
            return 1;
        }
    return 0;
}

/* Registers for the ends of all CPUs' tasks and prints those that are wanted. */
static void print_ends(uint16_t family, char *const *wanted, int left)
{
    static char cpus[64];
    size_t length;
    int room = 16 << 20;
    FILE *possible = fopen("/sys/devices/system/cpu/possible", "r");
    if (!possible || !fgets(cpus, sizeof cpus, possible) || fclose(possible))
        fail("possible CPUs");
    cpus[strcspn(cpus, "\n")] = 0;
    if (setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
        fail("SO_RCVBUFFORCE");
    send_request(family, TASKSTATS_GET, ASK_REGISTER, cpus, strlen(cpus) + 1);
    while (left > 0) {
        char *message = receive(&length);
        if (message)
            left -= print_wanted(message, length, wanted);
        else {
            printf("{\"listening\":1}\n");
            flush_line();
        }
    }
}

int main(int argc, char **argv)
{
    size_t length, size;
    uint16_t family;
    int ends = argc > 1 && strcmp(argv[1], "--ends") == 0;
    char **wanted = argv + 1 + ends;
    if (!*wanted)
        fail_with("usage: delays [--ends] TID...", 0);
    netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    if (netlink < 0)
        fail("socket");
    send_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, "TASKSTATS", 10);
    char *reply = receive(&length);
    memcpy(&family, find(reply, length, CTRL_ATTR_FAMILY_ID, &size), sizeof family);
    if (ends)
        print_ends(family, wanted, argc - 2);
    for (int i = 1; i < argc && !ends; i++) {
        uint32_t tid = (uint32_t)parse_number(argv[i], 1, 4194304);
        send_request(family, TASKSTATS_GET, ASK_PID, &tid, sizeof tid);
        reply = receive(&length);
        print_wanted(reply, length, wanted);
    }
    return 0;
}
