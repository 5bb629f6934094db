/** Commands and attributes of the generic netlink family TASKSTATS, under the names of include/uapi/linux/taskstats.h. */

export const TASKSTATS_GENL_NAME = "TASKSTATS";
export const TASKSTATS_GENL_VERSION = 1;

// commands
export const TASKSTATS_CMD_GET = 1;

// commands of include/uapi/linux/cgroupstats.h, in the same family
export const CGROUPSTATS_CMD_GET = 4;
export const CGROUPSTATS_CMD_NEW = 5;

// attributes of a request
export const TASKSTATS_CMD_ATTR_PID = 1;
export const TASKSTATS_CMD_ATTR_TGID = 2;
export const TASKSTATS_CMD_ATTR_REGISTER_CPUMASK = 3;
export const TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK = 4;

// attributes of a reply and of an exit event
export const TASKSTATS_TYPE_PID = 1;
export const TASKSTATS_TYPE_TGID = 2;
export const TASKSTATS_TYPE_STATS = 3;
export const TASKSTATS_TYPE_AGGR_PID = 4;
export const TASKSTATS_TYPE_AGGR_TGID = 5;

// attributes of cgroupstats: of a request, and of its reply
export const CGROUPSTATS_CMD_ATTR_FD = 1;
export const CGROUPSTATS_TYPE_CGROUP_STATS = 1;
