/** PromQL over the series that a dashboard's variables select. */

/** The kinds of delay that exclude each other and running; the others happen within them, and a sum would count them twice. */
export const waits = 'kind=~"cpu|blkio"';

/** Delays that come from too little memory. */
export const memoryDelays = 'kind=~"swapin|freepages|thrashing|compact"';

/** Ends by a signal that a program's own mistake raises. */
export const crashes = 'code=~"SIG(ABRT|BUS|FPE|ILL|SEGV|SYS|TRAP)"';

/** Share below which a group does too little for its ratios to mean anything: one hundredth of a task's time. */
const idle = 0.01;

/** Selects series by the matchers of a dashboard's variables and, in each call, further ones. */
export interface Scope {
  series(metric: string, ...matchers: readonly string[]): string;
  /** Per second. */
  rate(metric: string, ...matchers: readonly string[]): string;
  /** From one point of a panel to the next; for heatmaps. */
  increaseOfStep(metric: string, ...matchers: readonly string[]): string;
  /** Over the dashboard's whole time range. */
  increase(metric: string, ...matchers: readonly string[]): string;
}

/** @param variables matchers that every selector gets */
export function createScope(...variables: readonly string[]): Scope {
  const series: Scope["series"] = (metric, ...matchers) => `${metric}{${[...variables, ...matchers].join(", ")}}`;
  return {
    series,
    rate: (metric, ...matchers) => `rate(${series(metric, ...matchers)}[$__rate_interval])`,
    increaseOfStep: (metric, ...matchers) => `increase(${series(metric, ...matchers)}[$__rate_interval])`,
    increase: (metric, ...matchers) => `increase(${series(metric, ...matchers)}[$__range])`,
  };
}

/** What the chosen instances show, all groups together. */
export const allHosts = createScope('instance=~"$instance"');

/** @param labels comma-separated; none for one sum over all */
export function sumBy(labels: string, expr: string): string {
  return labels === "" ? `sum(${expr})` : `sum by (${labels}) (${expr})`;
}

/** The ten highest at each moment. */
export function top(expr: string): string {
  return `topk(10, ${expr})`;
}

/** How long one wait takes on average, by the labels. */
export function averageWait(scope: Scope, labels: string, ...matchers: readonly string[]): string {
  const seconds = sumBy(labels, scope.rate("taskstats_delay_seconds_total", ...matchers));
  const count = sumBy(labels, scope.rate("taskstats_delays_total", ...matchers));
  return `${seconds} / (${count} > 0)`;
}

/** Of the time in which tasks wanted to go on, the share in which they waited; idle groups have none. */
export function waitShare(scope: Scope, labels: string, matcher = waits): string {
  const waited = sumBy(labels, scope.rate("taskstats_delay_seconds_total", matcher));
  const ran = sumBy(labels, scope.rate("taskstats_cpu_run_seconds_total"));
  return `${waited} / (${waited} + ${ran} > ${idle})`;
}

/** A quantile of a histogram, by the labels. */
export function quantile(q: number, labels: string, rate: string): string {
  return `histogram_quantile(${q}, ${sumBy(labels === "" ? "le" : `le, ${labels}`, rate)})`;
}
