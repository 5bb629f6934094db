import { expect, test } from "@jest/globals";
import { groupAddress, groupsShown, renderFilter, renderOverview } from "../../../src/http/pages/overview.ts";
import { groupViewOf } from "../../support/live-groups.ts";
import { fakeLook, readableText } from "../../support/look.ts";

const query = { sort: "busy", filter: "", all: false } as const;
const groups = [
  groupViewOf("idle"),
  groupViewOf("db", { run: 0.2, waits: { blkio: 1.5 }, processes: 7 }),
  groupViewOf("web", { run: 1, waits: { cpu: 0.3 }, exits: 2.5, failed: 0.5 }),
];

const namesOf = (html: string): string[] =>
  [...html.matchAll(/<th scope="row">([\s\S]*?)<\/th>/g)].map(([, cell = ""]) => readableText(cell));

const render = (look = fakeLook({ groups }), asked: Parameters<typeof renderOverview>[1]["query"] = query): string =>
  renderOverview(look, { query: asked, facts: undefined }).text;

test("the busiest group comes first, unless another order is asked for", () => {
  expect(namesOf(render())).toEqual(["db", "web", "idle"]);
  expect(namesOf(render(undefined, { ...query, sort: "run" }))).toEqual(["web", "db", "idle"]);
  expect(namesOf(render(undefined, { ...query, sort: "name" }))).toEqual(["db", "idle", "web"]);
});

test("a row has its runs, waits, exits with those that failed, and processes", () => {
  const rows = render().split("<tr>").map(readableText);
  expect(rows).toContainEqual(expect.stringMatching(/^web .* 1\.00 0\.30 .* 2\.50 0\.50 failed 1( |$)/));
  expect(rows).toContainEqual(expect.stringMatching(/^db .* 0\.20 1\.50 .* 0 7$/));
});

test("the totals are those of all groups, whatever is shown", () => {
  const totals = "1.20 of 4 CPUs in use, 1.80 threads wait, 2.50 processes exit per second, of which 0.50 fail.";
  expect(readableText(render())).toContain(totals);
  expect(readableText(render(undefined, { ...query, filter: "db" }))).toContain(totals);
});

test("before the second sample there are no figures, and the page says so", () => {
  expect(readableText(render(fakeLook({ groups, span: undefined })))).toContain(
    "The first figures come in a few seconds",
  );
});

test("a filter shows the groups with the text in their names, in whatever case, and says when there is none", () => {
  const look = fakeLook({ groups: [...groups, groupViewOf("x", { labels: { groupname: "x", pod: "WEB-7" } })] });
  expect(namesOf(render(look, { ...query, filter: "eB" }))).toEqual(["web", "x pod=WEB-7"]);
  expect(readableText(render(look, { ...query, filter: "<b>" }))).toContain("No group has &lt;b&gt; in its name");
  expect(readableText(render(fakeLook()))).toContain("There are no groups");
});

test("of very many groups the first are shown, with how many more there are, and all on demand", () => {
  const many = Array.from({ length: groupsShown + 7 }, (_, index) => groupViewOf(`g${index}`, { run: 1000 - index }));
  const few = render(fakeLook({ groups: many }));
  expect(namesOf(few)).toHaveLength(groupsShown);
  expect(readableText(few)).toContain("7 more groups: show all");
  expect(few).toContain('href="./?all=1"');
  expect(namesOf(render(fakeLook({ groups: many }), { ...query, all: true }))).toHaveLength(groupsShown + 7);
});

test("links to other orders keep the filter, and the present order is marked", () => {
  const look = fakeLook({ groups: [groupViewOf("a b&c")] });
  const text = render(look, { sort: "run", filter: "a b&", all: false });
  expect(text).toMatch(/id="legend-blkio"\s+href="\.\/\?sort=blkio&amp;filter=a\+b%26"/);
  const marked = [...text.matchAll(/id="([\w-]+)"\s+href="[^"]*"\s+aria-current="true"/g)].map(([, id]) => id);
  expect(marked).toEqual(["legend-run", "head-run"]);
  const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a group's own page is found by all of its labels", () => {
  expect(groupAddress({ groupname: "a&b", pod: "ü" })).toBe("./group?groupname=a%26b&pod=%C3%BC");
  expect(render()).toContain('href="./group?groupname=web"');
});

test("the filter's field keeps its text, and sends the order along", () => {
  const { text } = renderFilter({ sort: "exits", filter: '"x"', all: false });
  expect(text).toContain('value="&quot;x&quot;"');
  expect(text).toMatch(/name="sort"\s+value="exits"/);
});

test("hostile names stay text", () => {
  const name = `"><script>alert(1)</script>`;
  const text = render(fakeLook({ groups: [groupViewOf(name, { labels: { groupname: name, other: name } })] }));
  expect(text).not.toContain("<script");
});
