/** What /proc/PID/stat shows of a process with one thread that runs. Tests change what they are about. */

import type { TaskStat } from "../../src/procfs/parse.ts";

export const runningStat: TaskStat = {
  comm: "prog",
  state: "R",
  ppid: 1,
  exiting: false,
  kernelThread: false,
  forkOnly: false,
  threads: 1,
  startTicks: 250,
};
