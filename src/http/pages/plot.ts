/** Plots of the last 15 minutes as SVG: areas that lie upon each other. */

import { formatRate } from "../../live/format-rate.ts";
import type { Plot } from "../../live/history.ts";
import type { RateKind } from "../../live/rates.ts";
import { html, type Html } from "./html.ts";

/** Units of a drawing from bottom to top. */
const height = 100;

/** The value of a column; 0 where the kind did not happen, NaN where nothing was sampled. */
type Values = readonly number[];

/** The kinds' values upon each other: of each kind the lower and the upper edge. */
function stack(kinds: readonly RateKind[], plot: Plot) {
  let lower: Values = [];
  return kinds.flatMap((kind) => {
    const values = plot.get(kind);
    if (values === undefined) return [];
    const below = values.map((value, column) => (Number.isNaN(value) ? NaN : (lower[column] ?? 0)));
    const upper = values.map((value, column) => value + (below[column] as number));
    lower = upper;
    return [{ kind, below, upper }];
  });
}

/** The largest sum of the kinds in one column; 0 where nothing happened. */
export function peakOf(kinds: readonly RateKind[], plot: Plot): number {
  const top = stack(kinds, plot).at(-1)?.upper ?? [];
  return top.reduce((most, value) => (value > most ? value : most), 0);
}

/** Runs of columns that were sampled. */
function runsOf(values: Values): readonly (readonly [from: number, to: number])[] {
  const runs: (readonly [number, number])[] = [];
  let from = 0;
  for (let column = 0; column <= values.length; column++) {
    const known = column < values.length && !Number.isNaN(values[column]);
    if (known) continue;
    if (column > from) runs.push([from, column]);
    from = column + 1;
  }
  return runs;
}

/** The outline of an area in steps: each column is as wide as one unit. */
function outline(below: Values, upper: Values, most: number): string {
  const y = (value: number | undefined): string => (height - ((value ?? 0) / most) * height).toFixed(1);
  const edges = runsOf(upper).map(([from, to]) => {
    const columns = Array.from({ length: to - from }, (_, index) => from + index);
    const there = columns.map((column) => `V${y(upper[column])}H${column + 1}`).join("");
    const back = columns
      .reverse()
      .map((column) => `V${y(below[column])}H${column}`)
      .join("");
    return `M${from} ${y(below[from])}${there}${back}Z`;
  });
  return edges.join("");
}

export interface PlotOptions {
  /** The kinds to show, the lowest first. */
  readonly kinds: readonly RateKind[];
  readonly columns: number;
  /** What the plot shows, for who cannot see it. */
  readonly words: string;
}

/** A plot without axes. It is as high as its peak. */
export function renderPlot(plot: Plot, { kinds, columns, words }: PlotOptions): Html {
  const most = peakOf(kinds, plot);
  const text = `${words}, at most ${formatRate(most)}`;
  const areas =
    most === 0
      ? []
      : stack(kinds, plot).map(
          ({ kind, below, upper }) => html`<path class="${kind}" d="${outline(below, upper, most)}" />`,
        );
  return html`<svg
    class="plot"
    viewBox="0 0 ${columns} ${height}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${text}"
  >
    <title>${text}</title>
    ${areas}
  </svg>`;
}

/** A plot with its title, its highest value and its time. @param now the value of now */
export function renderFigure(
  plot: Plot,
  options: PlotOptions & { readonly title: string; readonly now: number },
): Html {
  const most = peakOf(options.kinds, plot);
  return html`<figure>
    <figcaption><b>${options.title}</b> now ${formatRate(options.now)}, at most ${formatRate(most)}</figcaption>
    ${renderPlot(plot, options)}
    <p class="axis"><span>15 minutes ago</span><span>now</span></p>
  </figure> `;
}
