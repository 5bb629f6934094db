/**
 * Serves the pages for people, and the same as JSON. They show what was sampled last and collect nothing. Requests for the same
 * page share one copy until the next sample. A client that does not read it is cut off, like a scraper.
 */

import type { ServerResponse } from "node:http";
import type { Look } from "../../live/live.ts";
import { nameOf, sortKeys, type GroupView } from "../../live/view.ts";
import { formatJson } from "../../terminal/json.ts";
import { compress, createBody, type Body } from "../body.ts";
import type { Readers } from "../readers.ts";
import type { Assets } from "./assets.ts";
import { contentSecurityPolicy, renderDocument } from "./document.ts";
import { renderGroup } from "./group-page.ts";
import { html, type Html, type Part } from "./html.ts";
import { renderFilter, renderName, renderOverview, type OverviewQuery } from "./overview.ts";

export interface PagesOptions {
  readonly telemetryPath: string;
  /** Undefined while the exporter is not ready. */
  readonly look: () => Look | undefined;
  /** How many series the last page of metrics had; 0 before the first scrape. */
  readonly countSeries: () => number;
  readonly assets: Assets;
  readonly readers: Pick<Readers, "send">;
}

/** The parameters of an address. One that is given twice is a list. */
export type Query = Readonly<Record<string, unknown>>;

/** What a client asks for. */
export interface PageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  /** Whether the client accepts gzip. */
  readonly gzip: boolean;
}

export type Handler = (request: PageRequest, response: ServerResponse) => Promise<void>;

export interface Pages {
  readonly overview: Handler;
  readonly group: Handler;
  readonly json: Handler;
  readonly asset: Handler;
}

/** An answer that has not been sent yet. */
interface Answer {
  readonly status: 200 | 404 | 503;
  readonly type: string;
  readonly body: Body;
}

/** So many pages are kept until the next sample, for readers who ask for the same one. */
const mostKept = 16;

/** A browser asks a moment after the sample, since the sample takes a moment. */
const afterSampleMs = 250;

/** While nothing is there yet, a browser asks again after this time. */
const notReadyMs = 1000;

/** Assets are below this path. */
export const assetsPath = "/assets/";

const htmlType = "text/html; charset=utf-8";
/** What is said while there is nothing to show. */
export const notReady = "not ready: the baseline has not been taken yet";

/** The last value of a parameter; empty where it is missing or no text. */
function readText(query: Query, name: string): string {
  const value = query[name];
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === "string" ? last : "";
}

/** Parameters that are not understood are left out: a page is shown for any address. */
export function parseOverviewQuery(query: Query): OverviewQuery {
  const sort = sortKeys.find((key) => key === readText(query, "sort")) ?? "busy";
  return { sort, filter: readText(query, "filter"), all: readText(query, "all") === "1" };
}

/** The group whose labels are the parameters. */
function findGroup(look: Look, query: Query): GroupView | undefined {
  const wanted = Object.entries(query);
  return look.view.groups.find(({ labels }) => {
    const own = Object.entries(labels);
    return own.length === wanted.length && own.every(([name, value]) => query[name] === value);
  });
}

export function createPages(options: PagesOptions): Pages {
  const { telemetryPath, look, countSeries, assets, readers } = options;
  const kept = new Map<string, Promise<Answer>>();
  let keptAt: number | undefined;

  const refreshMs = ({ nextAt }: Look): number => Math.max(nextAt * 1000 - Date.now(), 0) + afterSampleMs;

  const link = (path: string): Html => html`<a href=".${path}">${path}</a> `;

  function renderFacts({ view: { version, privileges } }: Look): Html {
    const series = countSeries();
    return html`<footer>
      <p>
        ${series === 0 ? "Not scraped yet" : `${series} series on the last page of metrics`}. Version
        ${version}.${privileges !== undefined && ` Privileges: ${privileges}.`}
      </p>
      <p>${[telemetryPath, "/live.json", "/-/healthy", "/-/ready"].map(link)}</p>
    </footer>`;
  }

  function answerHtml(parts: { title: string; head: Part; main: Part; refreshMs: number; status?: 404 | 503 }): Answer {
    const { text } = renderDocument({ ...parts, assetVersion: assets.version });
    return { status: parts.status ?? 200, type: htmlType, body: createBody([Buffer.from(text)]) };
  }

  function answerNotReady(): Answer {
    const main = html`<ul class="conditions">
        <li class="warning"><b>State</b> ${notReady}.</li>
      </ul>
      <p>${[telemetryPath, "/-/healthy", "/-/ready"].map(link)}</p>`;
    return answerHtml({
      title: "taskstats exporter",
      head: html`<h1>taskstats exporter</h1>`,
      status: 503,
      main,
      refreshMs: notReadyMs,
    });
  }

  function answerOverview(found: Look, query: Query): Answer {
    const parsed = parseOverviewQuery(query);
    const { hostname } = found.view;
    const head = html`<h1>${hostname} <small>where its process groups wait</small></h1>
      ${renderFilter(parsed)}`;
    const main = renderOverview(found, { query: parsed, facts: renderFacts(found) });
    return answerHtml({ title: `${hostname} \u2013 taskstats`, head, main, refreshMs: refreshMs(found) });
  }

  function answerGroup(found: Look, query: Query): Answer {
    const { hostname } = found.view;
    const group = findGroup(found, query);
    const back = html`<p><a href="./">All groups of ${hostname}</a></p>`;
    if (group === undefined) {
      const main = html`<p>There is no such group now. A group without processes is forgotten after a while.</p>`;
      const head = html`${back}
        <h1>No such group</h1>`;
      return answerHtml({
        title: "no such group \u2013 taskstats",
        head,
        main,
        refreshMs: refreshMs(found),
        status: 404,
      });
    }
    return answerHtml({
      title: `${nameOf(group)} on ${hostname} \u2013 taskstats`,
      head: html`${back}
        <h1>${renderName(group.labels)}</h1>`,
      main: renderGroup(found, group),
      refreshMs: refreshMs(found),
    });
  }

  async function compressed(answer: Answer): Promise<Answer> {
    return { ...answer, body: await compress(answer.body) };
  }

  /** The answer for this address, made once for each sample. */
  function keep(key: string, at: number, make: () => Promise<Answer>): Promise<Answer> {
    if (at !== keptAt || kept.size >= mostKept) kept.clear();
    keptAt = at;
    const answer = kept.get(key) ?? make();
    kept.set(key, answer);
    return answer;
  }

  async function send(
    { method }: PageRequest,
    response: ServerResponse,
    { status, type, body }: Answer,
  ): Promise<void> {
    if (response.destroyed) return;
    response.statusCode = status;
    response.setHeaders(
      new Headers({
        "Content-Type": type,
        "Content-Length": String(body.bytes),
        "Content-Security-Policy": contentSecurityPolicy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
      }),
    );
    if (method === "HEAD") response.end();
    else await readers.send(response, body);
  }

  /** @param make makes the answer from what is shown now */
  function serve(make: (look: Look, query: Query) => Answer, ifNotReady: () => Answer): Handler {
    return async (request, response) => {
      const found = look();
      response.setHeader("Cache-Control", "no-store").setHeader("Vary", "Accept-Encoding");
      if (found === undefined) return send(request, response, ifNotReady());
      const key = `${request.path} ${JSON.stringify(request.query)}`;
      const plain = keep(key, found.view.sampledAt, () => Promise.resolve(make(found, request.query)));
      if (!request.gzip) return send(request, response, await plain);
      response.setHeader("Content-Encoding", "gzip");
      const small = keep(`${key} gzip`, found.view.sampledAt, async () => compressed(await plain));
      await send(request, response, await small);
    };
  }

  const text = (status: Answer["status"], type: string, content: string): Answer => ({
    ...{ status, type, body: createBody([Buffer.from(content)]) },
  });

  return {
    overview: serve(answerOverview, answerNotReady),
    group: serve(answerGroup, answerNotReady),
    json: serve(
      ({ view }) => text(200, "application/json; charset=utf-8", formatJson(view)),
      () => text(503, "text/plain; charset=utf-8", `${notReady}\n`),
    ),
    async asset(request, response) {
      const asset = assets.files.get(request.path.slice(assetsPath.length));
      if (asset === undefined) return send(request, response, text(404, "text/plain; charset=utf-8", "no such file\n"));
      // The address has the version in it.
      response.setHeader("Cache-Control", "max-age=86400");
      await send(request, response, { status: 200, type: asset.type, body: createBody([asset.content]) });
    },
  };
}
