/** PromQL over the series that a dashboard's variables select. */

/** The kinds of delay that never overlap each other or running. The other kinds happen within them, so that a sum of all would count time twice. */
export const waits = 'kind=~"cpu|blkio"';

/** The kinds of delay that come from too little memory. */
export const memoryDelays = 'kind=~"swapin|freepages|thrashing|compact"';

/** Exits by a signal that a program's own mistake raises. */
export const crashes = 'code=~"SIG(ABRT|BUS|FPE|ILL|SEGV|SYS|TRAP)"';

/** Below a hundredth of one task's time a group does too little for its ratios to mean anything. */
const idle = 0.01;

/** Writes selectors with the matchers of a dashboard's variables and those of the call. */
export interface Scope {
  series(metric: string, ...matchers: readonly string[]): string;
  /** Per second. */
  rate(metric: string, ...matchers: readonly string[]): string;
  /** The increase from one point of a panel to the next; for heatmaps. */
  increaseOfStep(metric: string, ...matchers: readonly string[]): string;
  /** The increase over the dashboard's whole time range. */
  increase(metric: string, ...matchers: readonly string[]): string;
}

/** @param variables matchers that every selector has */
export function createScope(...variables: readonly string[]): Scope {
  const series: Scope["series"] = (metric, ...matchers) => `${metric}{${[...variables, ...matchers].join(", ")}}`;
  return {
    series,
    rate: (metric, ...matchers) => `rate(${series(metric, ...matchers)}[$__rate_interval])`,
    increaseOfStep: (metric, ...matchers) => `increase(${series(metric, ...matchers)}[$__rate_interval])`,
    increase: (metric, ...matchers) => `increase(${series(metric, ...matchers)}[$__range])`,
  };
}

/** All groups of the chosen instances. */
export const allHosts = createScope('instance=~"$instance"');

/** The labels of a group on all hosts. */
export const groups = "instance, groupname";

/** What a legend says of a group on all hosts. */
export const groupLegend = "{{groupname}} {{instance}}";

/** @param labels comma-separated; "" for one sum over all */
export function sumBy(labels: string, expr: string): string {
  return labels === "" ? `sum(${expr})` : `sum by (${labels}) (${expr})`;
}

/** The lowest value. Of figures that are 0 or 1 it is 1 where all are 1. */
export function lowest(expr: string): string {
  return `min(${expr})`;
}

/** The ten highest at each moment. */
export function top(expr: string): string {
  return `topk(10, ${expr})`;
}

/** The average length of one wait, by the labels. */
export function averageWait(scope: Scope, labels: string, ...matchers: readonly string[]): string {
  const seconds = sumBy(labels, scope.rate("taskstats_delay_seconds_total", ...matchers));
  const count = sumBy(labels, scope.rate("taskstats_delays_total", ...matchers));
  return `${seconds} / (${count} > 0)`;
}

/** The share that waiting has in the time in which tasks ran or waited. Idle groups have no value. */
export function waitShare(scope: Scope, labels: string, matcher = waits): string {
  const waited = sumBy(labels, scope.rate("taskstats_delay_seconds_total", matcher));
  const ran = sumBy(labels, scope.rate("taskstats_cpu_run_seconds_total"));
  return `${waited} / (${waited} + ${ran} > ${idle})`;
}

/** A quantile of a histogram, by the labels. */
export function quantile(q: number, labels: string, rate: string): string {
  return `histogram_quantile(${q}, ${sumBy(labels === "" ? "le" : `le, ${labels}`, rate)})`;
}
