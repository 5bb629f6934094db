/**
 * The table of kernel fields: every numeric member of `struct taskstats`, v4 to v17. Decoder, accounts, metrics and documentation
 * all read these rows, so this is the first file to open.
 * Sources: include/uapi/linux/taskstats.h; the offsets are from the type information (BTF) of a running kernel.
 */

import type { Field } from "./field.ts";

/** Kinds of delay, in the order of docs/metrics.md. Each has a count and a total, since v15 also a max and a min. */
export const delayKinds = ["cpu", "blkio", "swapin", "freepages", "thrashing", "compact", "wpcopy", "irq"] as const;

export type DelayKind = (typeof delayKinds)[number];

const delayRows = {
  cpu: { count: 16, max: 432, since: 4, stamp: 560, about: "waiting for a CPU while runnable" },
  blkio: { count: 32, max: 448, since: 4, stamp: 576, about: "waiting for synchronous block I/O to complete" },
  swapin: { count: 48, max: 464, since: 4, stamp: 592, about: "waiting for a page to be swapped in" },
  freepages: { count: 312, max: 480, since: 7, stamp: 608, about: "reclaiming memory directly" },
  thrashing: {
    count: 328,
    max: 496,
    since: 9,
    stamp: 624,
    about: "waiting for a recently evicted page to be read again",
  },
  compact: { count: 352, max: 512, since: 11, stamp: 640, about: "compacting memory directly" },
  wpcopy: { count: 400, max: 528, since: 13, stamp: 656, about: "copying a write-protected page" },
  irq: { count: 416, max: 544, since: 14, stamp: 672, about: "interrupted by interrupts and soft interrupts" },
} as const satisfies Record<DelayKind, { count: number; max: number; since: number; stamp: number; about: string }>;

function delayFields(kind: DelayKind): readonly Field[] {
  const { count, max, since, stamp, about } = delayRows[kind];
  return [
    { key: `${kind}_count`, at: count, width: "u64", since, unit: "events", scope: "group", about: `times ${about}` },
    {
      key: `${kind}_delay_total`,
      at: count + 8,
      width: "u64",
      since,
      unit: "ns",
      scope: "group",
      about: `time ${about}`,
    },
    {
      key: `${kind}_delay_max`,
      at: max,
      width: "u64",
      since: 15,
      unit: "ns",
      scope: "thread",
      about: `longest single time ${about}`,
    },
    {
      key: `${kind}_delay_min`,
      at: max + 8,
      width: "u64",
      since: 15,
      unit: "ns",
      scope: "thread",
      about: `shortest single time ${about}`,
    },
    {
      key: `${kind}_delay_max_ts_sec`,
      at: stamp,
      width: "s64",
      since: 17,
      unit: "s",
      scope: "thread",
      about: `when the longest time ${about} ended, seconds`,
    },
    {
      key: `${kind}_delay_max_ts_nsec`,
      at: stamp + 8,
      width: "s64",
      since: 17,
      unit: "ns",
      scope: "thread",
      about: `when the longest time ${about} ended, nanoseconds`,
    },
  ];
}

// prettier-ignore
const otherFields = [
  { key: "version",                   at: 0,   width: "u16", since: 4,  unit: "id",        scope: "header", about: "struct version" },
  { key: "ac_exitcode",               at: 4,   width: "u32", since: 4,  unit: "bits",      scope: "thread", about: "wait status at the end, 0 while alive" },
  { key: "ac_flag",                   at: 8,   width: "u8",  since: 4,  unit: "bits",      scope: "thread", about: "accounting flags: 1 forked without exec, 2 used privileges, 8 core dumped, 16 killed by a signal, 32 last thread" },
  { key: "ac_nice",                   at: 9,   width: "s8",  since: 4,  unit: "id",        scope: "thread", about: "nice value" },
  { key: "cpu_run_real_total",        at: 64,  width: "u64", since: 4,  unit: "ns",        scope: "group",  about: "CPU time in system and user mode, sampled at ticks" },
  { key: "cpu_run_virtual_total",     at: 72,  width: "u64", since: 4,  unit: "ns",        scope: "group",  about: "CPU time as the scheduler measures it, up to the last timer tick or the beginning of the run" },
  { key: "ac_sched",                  at: 112, width: "u8",  since: 4,  unit: "id",        scope: "thread", about: "scheduling policy" },
  { key: "ac_uid",                    at: 120, width: "u32", since: 4,  unit: "id",        scope: "thread", about: "user id" },
  { key: "ac_gid",                    at: 124, width: "u32", since: 4,  unit: "id",        scope: "thread", about: "group id" },
  { key: "ac_pid",                    at: 128, width: "u32", since: 4,  unit: "id",        scope: "thread", about: "thread id" },
  { key: "ac_ppid",                   at: 132, width: "u32", since: 4,  unit: "id",        scope: "thread", about: "process id of the parent" },
  { key: "ac_btime",                  at: 136, width: "u32", since: 4,  unit: "s",         scope: "thread", about: "start, seconds since 1970; jitters by a second" },
  { key: "ac_etime",                  at: 144, width: "u64", since: 4,  unit: "us",        scope: "group",  about: "time since the start; for a thread group the sum over its threads" },
  { key: "ac_utime",                  at: 152, width: "u64", since: 4,  unit: "us",        scope: "group",  about: "user CPU time, sampled at ticks" },
  { key: "ac_stime",                  at: 160, width: "u64", since: 4,  unit: "us",        scope: "group",  about: "system CPU time, sampled at ticks" },
  { key: "ac_minflt",                 at: 168, width: "u64", since: 4,  unit: "events",    scope: "thread", about: "minor page faults" },
  { key: "ac_majflt",                 at: 176, width: "u64", since: 4,  unit: "events",    scope: "thread", about: "major page faults" },
  { key: "coremem",                   at: 184, width: "u64", since: 4,  unit: "mb_us",     scope: "thread", about: "resident memory integrated over the CPU time used" },
  { key: "virtmem",                   at: 192, width: "u64", since: 4,  unit: "mb_us",     scope: "thread", about: "virtual memory integrated over the CPU time used" },
  { key: "hiwater_rss",               at: 200, width: "u64", since: 4,  unit: "kilobytes", scope: "thread", about: "peak resident memory of the process" },
  { key: "hiwater_vm",                at: 208, width: "u64", since: 4,  unit: "kilobytes", scope: "thread", about: "peak virtual memory of the process" },
  { key: "read_char",                 at: 216, width: "u64", since: 4,  unit: "bytes",     scope: "thread", about: "bytes returned by read calls; rounded down to 1024 per thread" },
  { key: "write_char",                at: 224, width: "u64", since: 4,  unit: "bytes",     scope: "thread", about: "bytes taken by write calls; rounded down to 1024 per thread" },
  { key: "read_syscalls",             at: 232, width: "u64", since: 4,  unit: "events",    scope: "thread", about: "read calls; rounded down to a multiple of 1024 per thread" },
  { key: "write_syscalls",            at: 240, width: "u64", since: 4,  unit: "events",    scope: "thread", about: "write calls; rounded down to a multiple of 1024 per thread" },
  { key: "read_bytes",                at: 248, width: "u64", since: 4,  unit: "bytes",     scope: "thread", about: "bytes fetched from storage; rounded down to 1024 per thread" },
  { key: "write_bytes",               at: 256, width: "u64", since: 4,  unit: "bytes",     scope: "thread", about: "bytes sent to storage; rounded down to 1024 per thread" },
  { key: "cancelled_write_bytes",     at: 264, width: "u64", since: 4,  unit: "bytes",     scope: "thread", about: "bytes of dirty pages dropped before they reached storage; rounded down to 1024 per thread" },
  { key: "nvcsw",                     at: 272, width: "u64", since: 5,  unit: "events",    scope: "group",  about: "voluntary context switches" },
  { key: "nivcsw",                    at: 280, width: "u64", since: 5,  unit: "events",    scope: "group",  about: "involuntary context switches" },
  { key: "ac_utimescaled",            at: 288, width: "u64", since: 6,  unit: "us",        scope: "thread", about: "user CPU time scaled by the processor's frequency, where the architecture does that" },
  { key: "ac_stimescaled",            at: 296, width: "u64", since: 6,  unit: "us",        scope: "thread", about: "system CPU time scaled by the processor's frequency, where the architecture does that" },
  { key: "cpu_scaled_run_real_total", at: 304, width: "u64", since: 6,  unit: "ns",        scope: "group",  about: "CPU time in system and user mode, scaled" },
  { key: "ac_btime64",                at: 344, width: "u64", since: 10, unit: "s",         scope: "thread", about: "start, seconds since 1970; jitters by a second" },
  { key: "ac_tgid",                   at: 368, width: "u32", since: 12, unit: "id",        scope: "thread", about: "process id" },
  { key: "ac_tgetime",                at: 376, width: "u64", since: 12, unit: "us",        scope: "thread", about: "time since the start of the process" },
  { key: "ac_exe_dev",                at: 384, width: "u64", since: 12, unit: "id",        scope: "thread", about: "device of the executable file" },
  { key: "ac_exe_inode",              at: 392, width: "u64", since: 12, unit: "id",        scope: "thread", about: "inode of the executable file" },
] as const satisfies readonly Field[];

type DelayKey =
  `${DelayKind}_${"count" | "delay_total" | "delay_max" | "delay_min" | "delay_max_ts_sec" | "delay_max_ts_nsec"}`;

/** Names of C members. A `struct __kernel_timespec` of v17 is two fields, whose names end with `_sec` and `_nsec`. */
export type FieldKey = (typeof otherFields)[number]["key"] | DelayKey;

/** All rows. The index of a field here is its slot in every array of figures. */
export const fields: readonly Field[] = [...otherFields, ...delayKinds.flatMap(delayFields)];

/** The keys of all rows, in the order of their slots. */
export const fieldKeys: readonly FieldKey[] = fields.map(({ key }) => key as FieldKey);

const slots = new Map(fields.map((field, slot) => [field.key, slot]));

/** The slot of a field: its index in every array of figures. */
export function slotOf(key: FieldKey): number {
  const slot = slots.get(key);
  if (slot === undefined) throw new RangeError(`no field ${key}`);
  return slot;
}

/** Offset and size (TS_COMM_LEN) of `ac_comm` in the struct of v16. The kernel fills 15 bytes and a NUL. */
export const commField = { at: 80, bytes: 32 } as const;

/** Bit of `ac_flag`: the task was forked and has executed no program since (AFORK in include/uapi/linux/acct.h). */
export const AFORK = 0x01;

/** Bit of `ac_flag`, since v12: the thread is the last one of its process (AGROUP in include/uapi/linux/acct.h). */
export const AGROUP = 0x20;
