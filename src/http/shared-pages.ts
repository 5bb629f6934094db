/**
 * Pages that scrapers share. A request that comes before the figures of a page have been read gets that page, a later request
 * the next one, so that no page is older than its request. Pages are collected and rendered one at a time, each form of a page
 * once, and not at all if no client waits for it any more. Where a scraper must see other values than the shared page has, only
 * the parts with these values are made again.
 */

import { createMutex } from "../base/mutex.ts";
import { createPageCopier } from "../exposition/page-copier.ts";
import type { FirstShown, Page } from "../exposition/page.ts";
import { createNewSeriesTracker, type Difference, type PageVersion } from "../exposition/new-series.ts";
import { patchParts } from "../exposition/patch.ts";
import type { Exposition, Part } from "../exposition/exposition.ts";
import type { Format } from "../exposition/series.ts";
import { compress, createBody, type Body } from "./body.ts";

/** The form in which a client wants the page. */
export interface PageForm {
  readonly format: Format;
  readonly compressed: boolean;
  /** The page that the client received last: series that are new since then are shown as 0. Undefined to show the real values. */
  readonly since: number | undefined;
}

/** A page in the form for one client. */
export interface TakenPage {
  readonly number: number;
  readonly body: Body;
}

export interface SharedPages {
  /** Returns a page that is not older than this call. @throws the signal's reason once it is aborted, and what a collection throws */
  take(form: PageForm, signal: AbortSignal): Promise<TakenPage>;
}

export interface SharedPagesOptions {
  /** Collects all figures as of now. @param first called after the collection: "zero" if all waiting clients see new series as 0 first */
  readonly collect: (first: () => FirstShown) => Promise<Page>;
  readonly exposition: Exposition;
}

/** One collection and the pages that are made of it. */
interface Round {
  /** How many clients wait for a page. */
  waiting: number;
  /** Whether at least one client wants the real values. */
  asIs: boolean;
  readonly figures: Promise<Figures>;
  /** By format. */
  readonly rendered: Map<string, Promise<readonly Part[]>>;
  /** By format, page before, and compression. */
  readonly bodies: Map<string, Promise<Body>>;
}

interface Figures {
  readonly copied: Page;
  readonly version: PageVersion;
}

/** No client waits for the page any more. */
class Unwanted extends Error {}

/** Waits for `work`, but rejects as soon as the signal is aborted. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort);
  });
  return Promise.race([work, aborted]).finally(() => abort && signal.removeEventListener("abort", abort));
}

/** Calls `make` for the first request of a key, and gives the later ones the same promise. */
function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(key);
  if (known !== undefined) return known;
  const result = make();
  made.set(key, result);
  return result;
}

const bodyOf = (parts: readonly Part[]): Body => createBody(parts.map(({ bytes }) => bytes));

export function createSharedPages({ collect, exposition }: SharedPagesOptions): SharedPages {
  const { runExclusive: inTurn } = createMutex();
  const newSeries = createNewSeriesTracker();
  const copier = createPageCopier(performance.timeOrigin / 1000);
  /** The round whose figures have not been read yet. New requests join it. */
  let open: Round | undefined;

  function begin(): Round {
    const figures = inTurn(async () => {
      try {
        if (round.waiting === 0) throw new Unwanted();
        const page = await collect(() => (round.asIs ? "figures" : "zero"));
        return { version: newSeries.note(page), copied: copier.copy(page, Date.now() / 1000) };
      } finally {
        open = undefined;
      }
    });
    const round: Round = { waiting: 0, asIs: false, figures, rendered: new Map(), bodies: new Map() };
    return round;
  }

  function renderPage(round: Round, page: Page, format: Format): Promise<readonly Part[]> {
    const isWanted = (): boolean => round.waiting > 0;
    return inTurn(async () => {
      const parts = isWanted() ? await exposition.renderParts(page, format, isWanted) : undefined;
      if (parts === undefined) throw new Unwanted();
      return parts;
    });
  }

  const render = (round: Round, copied: Page, format: Format): Promise<readonly Part[]> =>
    once(round.rendered, format, () => renderPage(round, copied, format));

  /** A message is written anew with what is shown: its lengths depend on its figures. */
  async function renderShown(round: Round, copied: Page, { asIs, shown }: Difference): Promise<Body> {
    const shownOf = new Map(asIs.groups.map((group, index) => [group, shown.groups[index] ?? group]));
    const groups = copied.groups.map((group) => shownOf.get(group) ?? group);
    const page = { ...copied, groups, exporter: { ...copied.exporter, ...shown.exporter } };
    return bodyOf(await renderPage(round, page, "protobuf"));
  }

  /** In lines, those that differ are exchanged. */
  async function patch(page: Promise<readonly Part[]>, { asIs, shown }: Difference, format: Format): Promise<Body> {
    const parts = await page;
    return inTurn(async () => {
      const [before, after] = [await exposition.renderSome(asIs, format), await exposition.renderSome(shown, format)];
      return bodyOf(patchParts(parts, before, after));
    });
  }

  async function make(round: Round, { format, compressed, since }: PageForm): Promise<TakenPage> {
    const { copied, version } = await round.figures;
    const { number } = version;
    const difference = since === undefined ? undefined : version.since(since, copied);
    const key = difference === undefined ? format : `${format} ${String(since)}`;
    const plain = once(round.bodies, key, () => {
      if (difference !== undefined && format === "protobuf") return renderShown(round, copied, difference);
      const page = render(round, copied, format);
      return difference === undefined ? page.then(bodyOf) : patch(page, difference, format);
    });
    const body = await (compressed ? once(round.bodies, `${key} gzip`, () => plain.then(compress)) : plain);
    return { number, body };
  }

  return {
    async take(form, signal) {
      const round = (open ??= begin());
      round.waiting++;
      round.asIs ||= form.since === undefined;
      try {
        return await unlessAborted(make(round, form), signal);
      } finally {
        round.waiting--;
      }
    },
  };
}
