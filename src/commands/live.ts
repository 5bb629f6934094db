/** Samples an exporter's groups for people: for the pages, and for `top`. */

import { availableParallelism, cpus as listCpus, hostname } from "node:os";
import { systemClock } from "../base/clock.ts";
import { systemTimer } from "../base/timer.ts";
import type { Exporter } from "../exporter.ts";
import { createLook, type Look } from "../live/live.ts";
import { createSampler, type SamplerOptions } from "../live/sampler.ts";

export interface Live {
  /** Undefined while there is no sample. */
  readonly look: () => Look | undefined;
  /** Samples at once, and then again and again. Call it when the exporter has started. */
  start(): Promise<void>;
  stop(): void;
}

export interface LiveOptions extends Pick<SamplerOptions, "seconds" | "mostShare" | "onSample" | "onError"> {
  readonly version: string;
}

function readCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The CPUs of the machine. `availableParallelism` counts only those that this process may use, and groups may use others. */
const countCpus = (): number => Math.max(listCpus().length, availableParallelism());

export function createLive(
  exporter: Pick<Exporter, "sample" | "status" | "listMembers">,
  { version, ...options }: LiveOptions,
): Live {
  const cpus = countCpus();
  const sampler = createSampler({
    ...options,
    sample: exporter.sample,
    clock: systemClock,
    timer: systemTimer,
    cpus,
    cpuSeconds: readCpuSeconds,
  });
  const { status, listMembers } = exporter;
  const look = createLook({ version, hostname: hostname(), cpus, sampler, status, listMembers });
  return { look, start: sampler.start, stop: sampler.stop };
}
