/** Finds the groups of a page that are not what they were on another page. */

import { fields } from "../fields/fields.ts";
import { isSame } from "./figures.ts";
import type { GroupFigures, Page } from "./page.ts";
import type { GroupChanges } from "./series.ts";

/** A page that was written, as far as the series of its groups depend on it. */
export interface WrittenPage {
  readonly groups: readonly GroupFigures[];
  /** What all groups have in common. */
  readonly common: unknown;
}

/** @param page a copied page */
export function noteWritten(page: Page): WrittenPage {
  // Groups have no series of the exporter's figures, nor of control groups that are asked about.
  const { groups, has, ...others } = page;
  // The same function may answer differently later: delay accounting can be switched on.
  return {
    groups,
    common: { ...others, exporter: undefined, cgroups: undefined, has: fields.map((_field, slot) => has(slot)) },
  };
}

/** @param former undefined where no page was written before, or where it was written in part only */
export function findChanges(page: WrittenPage, former: WrittenPage | undefined): GroupChanges {
  const groups = page.groups.map(({ labels }) => labels);
  const all = { groups, changed: undefined };
  if (former?.groups.length !== groups.length || !isSame(page.common, former.common)) return all;
  const changed: number[] = [];
  for (const [position, group] of page.groups.entries()) {
    const before = former.groups[position] as GroupFigures;
    if (group === before) continue;
    if (group.labels !== before.labels) return all;
    changed.push(position);
  }
  return { groups, changed };
}

/** The page with only the groups that changed. */
export function withChanged(page: Page, { changed }: GroupChanges): Page {
  return { ...page, groups: (changed ?? []).map((position) => page.groups[position] as GroupFigures) };
}
