/* title.h: overwrites a command line, as servers do that show what they are doing. */
#ifndef TITLE_H
#define TITLE_H

#include "workload.h"

/* The memory of the arguments, which /proc/PID/cmdline shows. */
struct title {
    char *begin;
    size_t room;
};

/* Fills the rest with spaces, and cuts off what does not fit. */
static inline void write_title(struct title area, const char *text)
{
    size_t length = strlen(text);
    memset(area.begin, ' ', area.room);
    memcpy(area.begin, text, length < area.room ? length : area.room);
}

#endif
