/**
 * From a page's figures to the series that process-exporter would show. The table is fields/process-exporter-metrics.ts; where its
 * figures mean something else than this program's, they mean here what they mean there.
 */

import { fields, slotOf } from "../fields/fields.ts";
import {
  processExporterFields,
  processExporterGroups,
  processExporterMemory,
  processExporterScrapes,
  processExporterStates,
} from "../fields/process-exporter-metrics.ts";
import { threadStateNames, type ThreadState } from "../fields/state-metrics.ts";
import { toBaseUnit } from "../fields/units.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { ExporterFigures, GroupFigures, Page } from "./page.ts";
import { processExporterThreadEntries } from "./process-exporter-threads.ts";
import { noLabels, type Labels } from "./series.ts";

type Head = Pick<CatalogueEntry, "name" | "help" | "type">;

/** One series of each group: its own labels, and its value, or undefined where there is none. */
interface GroupSeries {
  readonly own: Labels;
  readonly valueOf: (group: GroupFigures, page: Page) => number | undefined;
}

function groupEntry({ name, help, type }: Head, series: readonly GroupSeries[]): CatalogueEntry {
  const fill: CatalogueEntry["fill"] = (page, sink) => {
    for (const group of page.groups) {
      for (const { own, valueOf } of series) {
        const value = valueOf(group, page);
        if (value !== undefined) sink.value(group.labels, own, value, group.created);
      }
    }
  };
  return { name, help, type, fill };
}

const single = (valueOf: GroupSeries["valueOf"]): readonly GroupSeries[] => [{ own: noLabels, valueOf }];

function fieldEntry(row: (typeof processExporterFields)[number]): CatalogueEntry {
  const series = Object.entries(row.fields).map(([value, field]): GroupSeries => {
    const slot = slotOf(field);
    const convert = toBaseUnit(fields[slot]?.unit ?? "events");
    return {
      own: row.label === undefined ? noLabels : { [row.label]: value },
      valueOf: ({ sums }, { has }) => (has(slot) ? convert(sums[slot] as number) : undefined),
    };
  });
  return groupEntry(row, series);
}

const noThreads = Object.fromEntries(threadStateNames.map((state) => [state, 0])) as Readonly<
  Record<ThreadState, number>
>;

/** process-exporter shows a group without processes with 0 in all gauges. */
const orNone = <T>({ processes }: GroupFigures, figure: T | undefined, none: T): T | undefined =>
  figure ?? (processes === 0 ? none : undefined);

/** Zombies of a group, and those of them that are leaders of processes that live on by other threads. */
function zombiesOf({ now: { threads = noThreads, leaders = noThreads } = {} }: GroupFigures) {
  return { all: threads.zombie, leaders: leaders.zombie };
}

function countProcesses(group: GroupFigures): number {
  const zombies = zombiesOf(group);
  return group.processes + zombies.all - zombies.leaders;
}

/** Each thread by its state, and the leader of a process with several threads once more for the process. */
function countInState(group: GroupFigures, states: readonly ThreadState[]): number | undefined {
  const { now: { threads, leaders = noThreads } = {} } = group;
  const counted = orNone(group, threads, noThreads);
  return counted && states.reduce((sum, state) => sum + counted[state] + leaders[state], 0);
}

const stateSeries = Object.entries(processExporterStates).map(([state, states]): GroupSeries => ({
  own: { state },
  valueOf: (group) => countInState(group, states),
}));

const memorySeries = Object.entries(processExporterMemory).map(([memtype, kind]): GroupSeries => ({
  own: { memtype },
  valueOf: (group) => orNone(group, group.now?.memory?.[kind], 0),
}));

const cpuSeries = (["user", "system"] as const).map((mode): GroupSeries => ({
  own: { mode },
  valueOf: ({ account }) => account.cpuTime[mode] / 1e9,
}));

function groupEntries(): CatalogueEntry[] {
  const { processes, threads, cpu, memory, openFds, worstFdRatio, oldestStart, states } = processExporterGroups;
  return [
    groupEntry(processes, single(countProcesses)),
    groupEntry(
      threads,
      single((group) => group.threads + zombiesOf(group).all),
    ),
    groupEntry(cpu, cpuSeries),
    ...processExporterFields.map(fieldEntry),
    groupEntry(memory, memorySeries),
    groupEntry(
      openFds,
      single((group) => orNone(group, group.now?.openFds, 0)),
    ),
    groupEntry(
      worstFdRatio,
      single((group) => orNone(group, group.now?.worstFdRatio, 0)),
    ),
    groupEntry(
      oldestStart,
      single((group) => group.oldestStart && Math.floor(group.oldestStart)),
    ),
    groupEntry(states, stateSeries),
  ];
}

const sumOf = (figures: ExporterFigures[keyof ExporterFigures]): number =>
  figures === undefined || "bounds" in figures ? 0 : figures.reduce((sum, { value }) => sum + value, 0);

function scrapeEntries(): CatalogueEntry[] {
  return processExporterScrapes.map(({ name, help, type, counter }) => ({
    name,
    help,
    type,
    fill: ({ exporter, started }, sink) => sink.value(noLabels, noLabels, sumOf(exporter[counter]), started),
  }));
}

/** The metrics of process-exporter, in the order of the page. */
export function processExporterEntries(): readonly CatalogueEntry[] {
  return [...groupEntries(), ...processExporterThreadEntries(), ...scrapeEntries()];
}
