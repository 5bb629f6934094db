/** Collects the comparisons and counts of a check. A difference does not end the check, so that all are reported. */

export interface Verdict {
  equal(what: string, got: unknown, want: unknown): void;
  /** Passes where `least <= got <= most`. */
  within(what: string, got: number, range: { readonly least: number; readonly most: number }): void;
  /** Passes for an empty list. */
  none(what: string, got: readonly string[]): void;
  /** A figure for the report, which is compared with nothing. */
  count(what: string, value: string | number): void;
}

export interface OpenVerdict extends Verdict {
  readonly failures: readonly string[];
  readonly figures: Readonly<Record<string, string | number>>;
}

export function createVerdict(): OpenVerdict {
  const failures: string[] = [];
  const figures: Record<string, string | number> = {};
  const show = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  return {
    failures,
    figures,
    equal(what, got, want) {
      if (show(got) !== show(want)) failures.push(`${what}: want ${show(want)}, got ${show(got)}`);
    },
    within(what, got, { least, most }) {
      if (!(got >= least && got <= most)) failures.push(`${what}: want ${least} to ${most}, got ${got}`);
    },
    none(what, got) {
      const more = got.length > 5 ? ` and ${got.length - 5} more` : "";
      if (got.length > 0) failures.push(`${what}: want none, got ${got.slice(0, 5).join(", ")}${more}`);
    },
    count(what, value) {
      figures[what] = value;
    },
  };
}
