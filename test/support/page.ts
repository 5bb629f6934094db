/** Reads a page of metrics as a scraper does: the text format 0.0.4 into values by series. */

export interface ScrapedPage {
  /** The value of the series with exactly these labels; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** The sum over all series of that name that carry these labels. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Names of all series, without labels. */
  readonly names: ReadonlySet<string>;
  /** All series as they are written on the page, with their values. */
  readonly series: ReadonlyMap<string, number>;
  /** Type by family. */
  readonly types: ReadonlyMap<string, string>;
}

/** One series of a page. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, (_match, character: string) => (character === "n" ? "\n" : character));
}

function parseLine(text: string): Series {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/s.exec(text);
  if (match === null) throw new Error(`not a line of a metrics page: ${text}`);
  const [, name = "", labels = "", value = ""] = match;
  const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/gs)];
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, key = "", content = ""]) => [key, unescape(content)])),
    value: value === "+Inf" ? Infinity : Number(value),
  };
}

function carries(line: Series, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => line.labels[key] === value);
}

/** The series of a page whose names match. */
export function readSeries(page: ScrapedPage, name: RegExp): Series[] {
  return [...page.series]
    .map(([series, value]) => ({ ...parseLine(`${series} 0`), value }))
    .filter((series) => name.test(series.name));
}

export function parsePage(text: string): ScrapedPage {
  const rows = text.split("\n").filter((line) => line !== "");
  const written = rows.filter((line) => !line.startsWith("#"));
  const lines = written.map(parseLine);
  const types = rows.filter((line) => line.startsWith("# TYPE ")).map((line) => line.split(" ").slice(2, 4));
  return {
    value(name, labels = {}) {
      const size = Object.keys(labels).length;
      const found = lines.filter(
        (line) => line.name === name && Object.keys(line.labels).length === size && carries(line, labels),
      );
      if (found.length > 1) throw new Error(`${name} is on the page ${found.length} times`);
      return found[0]?.value;
    },
    sum(name, labels = {}) {
      return lines
        .filter((line) => line.name === name && carries(line, labels))
        .reduce((sum, { value }) => sum + value, 0);
    },
    names: new Set(lines.map(({ name }) => name)),
    series: new Map(
      lines.map(({ value }, index) => [written[index]?.slice(0, written[index].lastIndexOf(" ")) ?? "", value]),
    ),
    types: new Map(types.map(([name = "", type = ""]) => [name, type])),
  };
}
