/**
 * `struct taskstats` as C declarations, in the order of include/uapi/linux/taskstats.h at each release. Nothing here
 * comes from src/: the offsets follow from C's rules, so that a wrong offset there cannot hide here.
 */

/** Version 4, Linux 2.6.21. All later versions but 15 begin with it. */
const version4 = `
  __u16 version;
  __u32 ac_exitcode;
  __u8 ac_flag;
  __u8 ac_nice;
  __u64 cpu_count __attribute__((aligned(8)));
  __u64 cpu_delay_total;
  __u64 blkio_count;
  __u64 blkio_delay_total;
  __u64 swapin_count;
  __u64 swapin_delay_total;
  __u64 cpu_run_real_total;
  __u64 cpu_run_virtual_total;
  char ac_comm[32];
  __u8 ac_sched __attribute__((aligned(8)));
  __u8 ac_pad[3];
  __u32 ac_uid __attribute__((aligned(8)));
  __u32 ac_gid;
  __u32 ac_pid;
  __u32 ac_ppid;
  __u32 ac_btime;
  __u64 ac_etime __attribute__((aligned(8)));
  __u64 ac_utime;
  __u64 ac_stime;
  __u64 ac_minflt;
  __u64 ac_majflt;
  __u64 coremem;
  __u64 virtmem;
  __u64 hiwater_rss;
  __u64 hiwater_vm;
  __u64 read_char;
  __u64 write_char;
  __u64 read_syscalls;
  __u64 write_syscalls;
  __u64 read_bytes;
  __u64 write_bytes;
  __u64 cancelled_write_bytes;
`;

/** The members that each version appended. Version 8 changed the message, not the struct. */
const added: ReadonlyMap<number, string> = new Map([
  [5, "__u64 nvcsw; __u64 nivcsw;"],
  [6, "__u64 ac_utimescaled; __u64 ac_stimescaled; __u64 cpu_scaled_run_real_total;"],
  [7, "__u64 freepages_count; __u64 freepages_delay_total;"],
  [8, ""],
  [9, "__u64 thrashing_count; __u64 thrashing_delay_total;"],
  [10, "__u64 ac_btime64;"],
  [11, "__u64 compact_count; __u64 compact_delay_total;"],
  [12, "__u32 ac_tgid; __u64 ac_tgetime __attribute__((aligned(8))); __u64 ac_exe_dev; __u64 ac_exe_inode;"],
  [13, "__u64 wpcopy_count; __u64 wpcopy_delay_total;"],
  [14, "__u64 irq_count; __u64 irq_delay_total;"],
  [
    16,
    `__u64 cpu_delay_max; __u64 cpu_delay_min; __u64 blkio_delay_max; __u64 blkio_delay_min;
     __u64 swapin_delay_max; __u64 swapin_delay_min; __u64 freepages_delay_max; __u64 freepages_delay_min;
     __u64 thrashing_delay_max; __u64 thrashing_delay_min; __u64 compact_delay_max; __u64 compact_delay_min;
     __u64 wpcopy_delay_max; __u64 wpcopy_delay_min; __u64 irq_delay_max; __u64 irq_delay_min;`,
  ],
  [
    17,
    `struct __kernel_timespec cpu_delay_max_ts; struct __kernel_timespec blkio_delay_max_ts;
     struct __kernel_timespec swapin_delay_max_ts; struct __kernel_timespec freepages_delay_max_ts;
     struct __kernel_timespec thrashing_delay_max_ts; struct __kernel_timespec compact_delay_max_ts;
     struct __kernel_timespec wpcopy_delay_max_ts; struct __kernel_timespec irq_delay_max_ts;`,
  ],
]);

/** The newest version of a released kernel. */
export const newestVersion = Math.max(...added.keys());

/** A made-up version after the newest: what a kernel that is not written yet may send. */
export const futureVersion = newestVersion + 1;

const addedInFuture = "__u64 future_count; __u64 future_delay_total; __u32 future_id; __u8 future_flag;";

/** Version 15, Linux 6.14.0 to 6.14.8: max and min stand beside the count and total of their kind. */
const version15 = `
  __u16 version;
  __u32 ac_exitcode;
  __u8 ac_flag;
  __u8 ac_nice;
  __u64 cpu_count __attribute__((aligned(8)));
  __u64 cpu_delay_total; __u64 cpu_delay_max; __u64 cpu_delay_min;
  __u64 blkio_count; __u64 blkio_delay_total; __u64 blkio_delay_max; __u64 blkio_delay_min;
  __u64 swapin_count; __u64 swapin_delay_total; __u64 swapin_delay_max; __u64 swapin_delay_min;
  __u64 cpu_run_real_total;
  __u64 cpu_run_virtual_total;
  char ac_comm[32];
  __u8 ac_sched __attribute__((aligned(8)));
  __u8 ac_pad[3];
  __u32 ac_uid __attribute__((aligned(8)));
  __u32 ac_gid;
  __u32 ac_pid;
  __u32 ac_ppid;
  __u32 ac_btime;
  __u64 ac_etime __attribute__((aligned(8)));
  __u64 ac_utime;
  __u64 ac_stime;
  __u64 ac_minflt;
  __u64 ac_majflt;
  __u64 coremem;
  __u64 virtmem;
  __u64 hiwater_rss;
  __u64 hiwater_vm;
  __u64 read_char;
  __u64 write_char;
  __u64 read_syscalls;
  __u64 write_syscalls;
  __u64 read_bytes;
  __u64 write_bytes;
  __u64 cancelled_write_bytes;
  __u64 nvcsw;
  __u64 nivcsw;
  __u64 ac_utimescaled;
  __u64 ac_stimescaled;
  __u64 cpu_scaled_run_real_total;
  __u64 freepages_count; __u64 freepages_delay_total; __u64 freepages_delay_max; __u64 freepages_delay_min;
  __u64 thrashing_count; __u64 thrashing_delay_total; __u64 thrashing_delay_max; __u64 thrashing_delay_min;
  __u64 ac_btime64;
  __u64 compact_count; __u64 compact_delay_total; __u64 compact_delay_max; __u64 compact_delay_min;
  __u32 ac_tgid;
  __u64 ac_tgetime __attribute__((aligned(8)));
  __u64 ac_exe_dev;
  __u64 ac_exe_inode;
  __u64 wpcopy_count; __u64 wpcopy_delay_total; __u64 wpcopy_delay_max; __u64 wpcopy_delay_min;
  __u64 irq_count; __u64 irq_delay_total; __u64 irq_delay_max; __u64 irq_delay_min;
`;

/** All versions that can be written: those of released kernels, and the made-up one. */
export const structVersions: readonly number[] = Array.from({ length: futureVersion - 3 }, (_, index) => index + 4);

/** The members of one version as C text, for this writer and for a C compiler. */
export function declarationsOf(version: number): string {
  if (!structVersions.includes(version)) throw new RangeError(`no struct taskstats of version ${version}`);
  if (version === 15) return version15;
  const later = [...added, [futureVersion, addedInFuture] as const].filter(([since]) => since <= version);
  return [version4, ...later.map(([, text]) => text)].join("\n");
}
