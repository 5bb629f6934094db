/**
 * The live page in a real browser, on the real kernel: three groups in trouble, each of another kind, and groups with names that
 * try to become markup. What a page looks like is in the pictures of the README; what is in it, in test/http/pages.
 */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { BrowserContextOptions } from "playwright-core";
import type { Activity } from "../../src/fields/activities.ts";
import { findAccessibilityFaults } from "../support/accessibility.ts";
import { startBrowser, type OpenPage, type TestBrowser } from "../support/browser.ts";
import { useConfigFile } from "../support/config-file.ts";
import { useDelayacct } from "../support/delayacct.ts";
import { startHostile, type Hostile } from "../support/hostile.ts";
import { endLives, own, startLife } from "../support/life.ts";
import {
  eventually,
  isRed,
  largestSegment,
  paintedColour,
  readOverhang,
  readRows,
  untilRefreshed,
  type Row,
} from "../support/live-page.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { startReverseProxy } from "../support/reverse-proxy.ts";
import { findTroubleObstacle, startTroubled } from "../support/troubled.ts";

const names = { cpu: own("encoder"), disk: own("database"), crash: own("thumbs") };
const late = own("late");

/** Names of groups that must stay text, and as what they are shown. */
const hostile: readonly (readonly [name: string, shown: string])[] = [
  ["<script>document.title = 'it ran'</script>", "<script>document.title = 'it ran'</script>"],
  [`"><img src=x onerror="document.title = 'it ran'">`, `"><img src=x onerror="document.title = 'it ran'">`],
  ["' onmouseover='document.title = 1' &amp; &lt;", "' onmouseover='document.title = 1' &amp; &lt;"],
  ["before\u202eafter\u2066", "before\ufffdafter\ufffd"],
  ["long".repeat(50), "long".repeat(50)],
];
const hostileComm = "<b>&<script>'\"";

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 360, height: 740 } };

describeKernel(
  "the live page",
  () => {
    useDelayacct("1");
    const config = useConfigFile();
    let browser: TestBrowser;
    let program: Program;
    let troubled: Awaited<ReturnType<typeof startTroubled>>;
    let odd: Hostile;
    let url = "";
    const opened: OpenPage[] = [];

    beforeAll(async () => {
      const rules = [
        ...[...Object.values(names), late].map((name) => ({ name, comm: [name] })),
        { name: "odd", comm: [hostileComm] },
        ...hostile.map(([name]) => ({ name, comm: [own("never")] })),
      ];
      program = await startProgram([config.write({ process_names: rules })]);
      url = new URL("/", program.url).href;
      troubled = await startTroubled(names);
      odd = await startHostile({ file: Buffer.from(hostileComm), rest: [] });
      browser = await startBrowser();
    });
    afterEach(async () => {
      await endLives();
      for (const { close } of opened.splice(0)) await close();
    });
    afterAll(async () => {
      await browser.close();
      await odd.end();
      await troubled.stop();
      await program.stop();
    });

    async function open(path = "", options: BrowserContextOptions = {}): Promise<OpenPage> {
      const one = await browser.open(new URL(path, url).href, options);
      opened.push(one);
      return one;
    }

    const groupPath = (name: string): string => `group?${new URLSearchParams({ groupname: name }).toString()}`;
    const rowOf = (rows: readonly Row[], name: string): Row | undefined => rows.find((row) => row.name === name);

    test("shows the busiest group first, and of each what it does most in its colour", async () => {
      const { page, faults } = await open();
      const expected: readonly (readonly [string, Activity])[] = [
        [names.cpu, "cpu"],
        [names.disk, "blkio"],
      ];
      const rows = await eventually(
        () => readRows(page),
        (all) =>
          expected.every(
            ([name, kind], place) => all[place]?.name === name && largestSegment(all[place])?.kind === kind,
          ),
      );
      for (const [name, kind] of expected)
        expect(largestSegment(rowOf(rows, name) as Row)).toMatchObject({ kind, colour: paintedColour(kind) });
      // Four threads run or wait in the first group and one in the second.
      const share = (name: string): number => rowOf(rows, name)?.segments.reduce((sum, one) => sum + one.share, 0) ?? 0;
      expect(share(names.cpu)).toBeCloseTo(1, 2);
      expect(share(names.disk)).toBeLessThan(0.6);
      expect(faults).toEqual([]);
    });

    test("shows failed exits in red, and on the group's own page with their signal and code", async () => {
      const { page, faults } = await open();
      const rows = await eventually(
        () => readRows(page),
        (all) => rowOf(all, names.crash)?.failed !== undefined,
      );
      // Other processes of this machine may fail too, and are in no group or in the one for those that nobody saw.
      expect([names.cpu, names.disk].map((name) => rowOf(rows, name)?.failed)).toEqual([undefined, undefined]);
      const { text, colour } = rowOf(rows, names.crash)?.failed ?? { text: "", colour: "" };
      expect(text).toMatch(/^\d+\.\d+ failed$/);
      expect(isRed(colour)).toBe(true);

      await page.getByRole("link", { name: names.crash, exact: true }).click();
      await page.getByRole("heading", { level: 1, name: names.crash }).waitFor();
      const codes = page.getByRole("table", { name: "How its processes exited, since the exporter started" });
      for (const code of ["SIGSEGV", "exited 1"]) expect(await codes.getByText(code, { exact: true }).count()).toBe(1);
      const exits = page.getByRole("table", { name: /^Its last \d+ exits/ });
      expect(await exits.getByRole("row").count()).toBeGreaterThan(2);
      expect(faults).toEqual([]);
    });

    describe("that refreshes itself", () => {
      test("shows a process that began later, in the same document", async () => {
        const { page, faults } = await open();
        expect(rowOf(await readRows(page), late)?.processes).toBe(0);
        await startLife(late);
        await untilRefreshed(page);
        await eventually(
          () => readRows(page),
          (rows) => rowOf(rows, late)?.processes === 1,
        );
        expect(await page.evaluate("window.isOld")).toBe(true);
        expect(faults).toEqual([]);
      });

      test("keeps a filter that is being typed, its focus and its place, and applies it", async () => {
        const { page, faults } = await open();
        const input = page.getByRole("searchbox", { name: "Filter groups" });
        await input.pressSequentially(names.disk.slice(0, 3));
        await untilRefreshed(page);
        await page.keyboard.press("ArrowLeft");
        await untilRefreshed(page);
        const state =
          "[document.activeElement.name, document.activeElement.value, document.activeElement.selectionStart]";
        expect(await page.evaluate(state)).toEqual(["filter", names.disk.slice(0, 3), 2]);
        await page.keyboard.press("End");
        await page.keyboard.type(names.disk.slice(3));
        const rows = await eventually(
          () => readRows(page),
          (all) => all.length === 1,
        );
        expect(rows[0]?.name).toBe(names.disk);
        await untilRefreshed(page);
        expect(await readRows(page)).toHaveLength(1);
        expect(new URL(page.url()).searchParams.get("filter")).toBe(names.disk);
        expect(faults).toEqual([]);
      });

      test.each([
        { what: "a group's link", path: "", find: "tbody a" },
        { what: "a link that sorts", path: "", find: "thead .exits a" },
        { what: "a table that can be scrolled", path: groupPath(names.crash), find: ".scroll" },
      ])("leaves the focus on $what", async ({ path, find }) => {
        const { page } = await open(path);
        await page.locator(find).first().focus();
        const focused = (): Promise<string> => page.evaluate("document.activeElement.outerHTML.slice(0, 60)");
        const before = await focused();
        expect(before).not.toMatch(/^<body/);
        await untilRefreshed(page);
        expect(await focused()).toBe(before);
      });

      test("stops while it is paused, and goes on", async () => {
        const { page } = await open();
        await page.getByRole("button", { name: "Pause" }).click();
        expect(await page.getByRole("status").textContent()).toMatch(/^Paused at \d/);
        await page.getByRole("button", { name: "Go on" }).click();
        await untilRefreshed(page);
        expect(await page.getByRole("status").textContent()).toBe("");
      });
    });

    test("sorts by its links, which the keyboard reaches", async () => {
      const { page, faults } = await open();
      const focused = (): Promise<string> => page.evaluate<string>("document.activeElement.textContent.trim()");
      for (let presses = 0; (await focused()) !== "Group"; presses++) {
        expect(presses).toBeLessThan(30);
        await page.keyboard.press("Tab");
      }
      await Promise.all([page.waitForURL(/sort=name/), page.keyboard.press("Enter")]);
      const shown = (await readRows(page)).map(({ name }) => name);
      expect(shown).toEqual([...shown].sort((one, other) => one.localeCompare(other)));
      expect(await page.getByRole("columnheader", { name: "Group" }).getAttribute("aria-sort")).toBe("ascending");
      await page.getByRole("link", { name: "waits for a disk", exact: true }).press("Enter");
      await page.waitForURL(/sort=blkio/);
      expect((await readRows(page))[0]?.name).toBe(names.disk);
      expect(faults).toEqual([]);
    });

    test("works behind a proxy that serves it below a path", async () => {
      const proxy = await startReverseProxy("/hosts/first/", url);
      const { page, faults } = await open(proxy.url);
      await untilRefreshed(page);
      await page.getByRole("link", { name: "Group", exact: true }).click();
      await page.waitForURL(/\/hosts\/first\/\?sort=name$/);
      await page.getByRole("searchbox", { name: "Filter groups" }).fill(names.crash);
      await page.getByRole("button", { name: "Filter" }).click();
      await eventually(
        () => readRows(page),
        (rows) => rows.length === 1,
      );
      await page.getByRole("link", { name: names.crash, exact: true }).click();
      await page.getByRole("heading", { level: 1, name: names.crash }).waitFor();
      await untilRefreshed(page);
      await page.getByRole("link", { name: /^All groups/ }).click();
      await page.waitForURL(proxy.url);
      // A browser asks for the icon of a page that is no HTML at a place of its own choice.
      const wrong = [...faults, ...proxy.strays];
      for (const name of ["/metrics", "/live.json", "/-/healthy", "/-/ready"]) {
        await page.getByRole("link", { name, exact: true }).click();
        await page.waitForURL(new RegExp(`/hosts/first${name}$`));
        await page.goBack();
      }
      await proxy.stop();
      expect(wrong).toEqual([]);
    });

    test("works without JavaScript: groups, filter, order, and a group's own page", async () => {
      const { page, faults } = await open("", { javaScriptEnabled: false });
      const link = (name: string) => page.getByRole("link", { name, exact: true });
      expect(await page.locator(".groups tbody tr").count()).toBeGreaterThan(3);
      await link("Group").click();
      await page.getByRole("searchbox").fill(names.crash);
      await page.getByRole("button", { name: "Filter" }).click();
      await page.waitForURL(/filter=.*sort=name/);
      expect(await page.locator(".groups tbody th").allTextContents()).toEqual([names.crash]);
      await link(names.crash).click();
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(names.crash);
      expect(await page.getByRole("cell", { name: "SIGSEGV" }).count()).toBeGreaterThan(0);
      // There is nothing to pause.
      expect(await page.getByRole("button").count()).toBe(0);
      expect(faults).toEqual([]);
    });

    test("shows hostile names as they are, and as nothing but text", async () => {
      const { page, faults } = await open();
      const shown = (await readRows(page)).map(({ name }) => name);
      expect(shown.filter((name) => hostile.some(([, text]) => text === name)).sort()).toEqual(
        hostile.map(([, text]) => text).sort(),
      );
      for (const [name, text] of hostile) {
        await page.goto(new URL(groupPath(name), url).href);
        expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(text);
      }
      await page.goto(new URL(groupPath("odd"), url).href);
      expect(await page.getByRole("cell", { name: hostileComm, exact: true }).count()).toBe(1);
      expect(await page.locator("body script, body img, table b:not(.failed)").count()).toBe(0);
      expect(faults).toEqual([]);
    });

    test("refuses a script that is not one of its files", async () => {
      const { page, faults } = await open();
      await page.evaluate(`void document.body.append(
        Object.assign(document.createElement("script"), { textContent: "window.ran = true" }))`);
      expect(await page.evaluate("window.ran === undefined")).toBe(true);
      expect(faults).toEqual([expect.stringMatching(/violates the following Content Security Policy directive/)]);
    });

    const pages = [
      ["all groups", ""],
      ["the group that crashes", groupPath(names.crash)],
      ["a group with a long name", groupPath("long".repeat(50))],
      ["no group", groupPath("nobody")],
    ] as const;

    test.each(pages)("has no fault that axe-core finds, light or dark: %s", async (_what, path) => {
      const { page } = await open(path, desktop);
      await page.getByRole("button", { name: "Pause" }).click();
      expect(await findAccessibilityFaults(page)).toEqual([]);
    });

    test("has no fault on a phone that axe-core finds, light or dark", async () => {
      const { page } = await open("", phone);
      await page.getByRole("button", { name: "Pause" }).click();
      expect(await findAccessibilityFaults(page)).toEqual([]);
    });

    test.each(pages)("fits into the window, on a desktop and on a phone: %s", async (_what, path) => {
      const { page } = await open(path, desktop);
      expect(await readOverhang(page)).toBeLessThanOrEqual(0);
      await page.setViewportSize(phone.viewport);
      expect(await readOverhang(page)).toBeLessThanOrEqual(0);
    });

    test("is light or dark, as the reader's system is", async () => {
      const { page } = await open();
      const ground = async (colorScheme: "light" | "dark"): Promise<number> => {
        await page.emulateMedia({ colorScheme });
        const colour = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
        return Number(/\d+/.exec(colour)?.[0]);
      };
      expect(await ground("light")).toBeGreaterThan(200);
      expect(await ground("dark")).toBeLessThan(60);
    });

    test("says so when the exporter has stopped, and goes on when it is back", async () => {
      const first = await startProgram();
      const { host } = new URL(first.url);
      const { page } = await open(`http://${host}/`);
      const notice = page.getByRole("status");
      await first.stop();
      await eventually(
        async () => (await notice.textContent()) ?? "",
        (text) => /^Not refreshed since \d.*: the exporter does not answer$/.test(text),
      );
      // What it showed last stays.
      expect((await readRows(page)).length).toBeGreaterThan(0);
      const second = await startProgram([`--web.listen-address=${host}`]);
      await eventually(
        async () => (await notice.textContent()) ?? "never empty",
        (text) => text === "",
      );
      await untilRefreshed(page);
      await second.stop();
    });
  },
  {
    needs: ["cc", "chromium", "perl", "taskset"],
    obstacle: findTroubleObstacle(),
  },
);
