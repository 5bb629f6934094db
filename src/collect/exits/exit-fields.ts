/** The kernel fields that are read of an exit event. Fields that nobody uses are not decoded: they were a third of the work. Pure. */

import type { FieldKey } from "../../fields/fields.ts";
import { counterMetrics, histogramMetrics, largestMetrics } from "../../fields/group-metrics.ts";

/** Fields that no metric shows, and that tell whose record it is, which group it belongs to and how its task exited. */
const identifying = [
  "ac_tgid",
  "ac_ppid",
  "ac_uid",
  "ac_flag",
  "ac_exitcode",
  "ac_btime",
  "ac_etime",
  "ac_tgetime",
  "ac_exe_inode",
  "hiwater_vm",
] as const satisfies readonly FieldKey[];

const metrics = [...counterMetrics, ...largestMetrics, ...histogramMetrics];

/** Every field that an exit event bills, or that identifies its task. */
export const exitFields: readonly FieldKey[] = [
  ...new Set<FieldKey>([...identifying, ...metrics.flatMap(({ series }) => series.map(({ field }) => field))]),
];
