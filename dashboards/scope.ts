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

/*
 * Prometheus keeps histograms as classic ones, as native ones, or as both, as its configuration says. The queries below take the
 * classic one where there is one, else the native one.
 */

/** A quantile of a histogram, by the labels; "" for one over all. */
export function quantile(q: number, labels: string, scope: Scope, metric: string): string {
  const classic = sumBy(labels === "" ? "le" : `le, ${labels}`, scope.rate(`${metric}_bucket`));
  const native = sumBy(labels, scope.rate(metric));
  return `histogram_quantile(${q}, ${classic}) or histogram_quantile(${q}, ${native})`;
}

/** How many observations a histogram had from one point of a panel to the next, by bucket. */
export function bucketsOfStep(scope: Scope, metric: string): string {
  const classic = sumBy("le", scope.increaseOfStep(`${metric}_bucket`));
  const native = sumBy("", scope.increaseOfStep(metric));
  return `${classic} or (${native} unless on () ${classic})`;
}

/** Observations per second that are not above `bound`, by the labels. @param bound an upper bound of a classic bucket */
export function rateBelow(bound: number, labels: string, scope: Scope, metric: string): string {
  const classic = sumBy(labels, scope.rate(`${metric}_bucket`, `le="${bound}"`));
  const native = scope.rate(metric);
  const below = sumBy(labels, `histogram_fraction(0, ${bound}, ${native}) * histogram_count(${native})`);
  return `${classic} or ${below}`;
}

/** What the observations of a histogram add up to per second, by the labels. */
export function rateOfSum(labels: string, scope: Scope, metric: string): string {
  return `${sumBy(labels, scope.rate(`${metric}_sum`))} or ${sumBy(labels, `histogram_sum(${scope.rate(metric)})`)}`;
}
