/**
 * One metric's lines as Prometheus' text format 0.0.4 and OpenMetrics 1.0 have them. The text of labels is made once for as long
 * as the object that holds them lives, and lines are written into a buffer that is used again: a page of a thousand groups
 * has a hundred thousand lines, and most of what they say was on the page before.
 */

export type Labels = Readonly<Record<string, string | number>>;

export const noLabels: Labels = {};

export type Format = "text" | "openmetrics";

/** What stands above a metric's lines. */
export interface MetricHead {
  /** With `_total` where it is a counter. */
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

/**
 * Adds one line.
 *
 * @param labels of the group
 * @param own the series' own, which come after those
 * @param suffix of the metric's name: `_bucket`, `_sum` or `_count`
 */
export type AddLine = (labels: Labels, own: Labels, value: number, suffix?: string) => void;

export interface LineWriter {
  /** Lines that have been written. */
  readonly count: number;
  /**
   * Writes a metric's head and lines.
   *
   * @param fill adds the lines
   * @param lead stands before the head
   * @returns undefined where it added none: absent is not zero
   */
  write(head: MetricHead, fill: (add: AddLine) => void, lead?: string): Buffer | undefined;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };

const escapeHelp = (text: string): string => text.replace(/[\\\n]/g, (character) => escapes[character] ?? character);
const escapeLabel = (text: string): string => text.replace(/[\\\n"]/g, (character) => escapes[character] ?? character);

const writeLabels = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
    .join(",");

function writeNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** OpenMetrics names a counter's family without `_total`. */
function writeHead({ name, help, type }: MetricHead, format: Format): string {
  const family = format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
  return `# HELP ${family} ${escapeHelp(help)}\n# TYPE ${family} ${type}\n`;
}

/** Characters that are gathered before they are written as bytes. */
const gathered = 16_384;

/** A buffer that grows, and is used again. */
function createScratch() {
  let buffer = Buffer.allocUnsafeSlow(4 * gathered);
  let length = 0;
  return {
    add(text: string): void {
      // A character takes three bytes at most.
      const most = length + 3 * text.length;
      if (most > buffer.length) buffer = Buffer.concat([buffer.subarray(0, length)], Math.max(most, 2 * buffer.length));
      length += buffer.write(text, length);
    },
    take(): Buffer {
      const taken = Buffer.allocUnsafeSlow(length);
      buffer.copy(taken, 0, 0, length);
      length = 0;
      return taken;
    },
  };
}

export function createLineWriter(format: Format): LineWriter {
  const texts = new WeakMap<Labels, string>();
  const scratch = createScratch();
  let count = 0;

  function textOf(labels: Labels): string {
    let text = texts.get(labels);
    if (text === undefined) texts.set(labels, (text = writeLabels(labels)));
    return text;
  }

  return {
    get count() {
      return count;
    },
    write(head, fill, lead = "") {
      const before = count;
      let text = lead + writeHead(head, format);
      let lastLabels: Labels | undefined;
      let lastText = "";
      fill((labels, own, value, suffix = "") => {
        if (labels !== lastLabels) lastText = textOf((lastLabels = labels));
        const ownText = textOf(own);
        const joined = lastText && ownText ? `${lastText},${ownText}` : lastText || ownText;
        text += `${head.name}${suffix}${joined && `{${joined}}`} ${writeNumber(value)}\n`;
        count++;
        if (text.length < gathered) return;
        scratch.add(text);
        text = "";
      });
      if (count > before) scratch.add(text);
      return count > before ? scratch.take() : undefined;
    },
  };
}
