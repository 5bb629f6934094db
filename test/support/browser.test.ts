/** The browser of the tests sees what goes wrong on a page, and nothing where nothing does. */

import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { findAccessibilityFaults } from "./accessibility.ts";
import { startBrowser, type OpenPage, type TestBrowser } from "./browser.ts";
import { describeUnless, findMissing } from "./real-kernel.ts";

const strict = "default-src 'none'";

/** What the server answers, by path; any other path is not found. */
const bodies: Readonly<Record<string, string>> = {
  "/good": "<main><h1>Good</h1><p>Text</p></main>",
  "/script": "<main><h1>Script</h1></main><script>document.title = 'it ran'</script>",
  "/throws": "<main><h1>Throws</h1></main><script>throw new Error('on purpose')</script>",
  "/console": "<main><h1>Console</h1></main><script>console.warn('a warning'); console.error('an error')</script>",
  "/missing": '<main><h1>Missing</h1><img src="nothing.png" alt=""></main>',
  "/closed": '<main><h1>Closed</h1><img src="cut.png" alt=""></main>',
  "/faint": "<main><h1>Faint</h1><p style='color: #999; background: #fff'>Text</p></main>",
  "/dark":
    "<style>@media (prefers-color-scheme: dark) { p { color: #333; background: #111 } }</style><main><h1>Dark</h1><p>Text</p></main>",
};

describeUnless(findMissing(["chromium"]), "the browser of the tests", () => {
  let server: Server;
  let browser: TestBrowser;
  let opened: OpenPage | undefined;
  let url = "";

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
      const body = bodies[pathname];
      if (pathname === "/cut.png") request.socket.destroy();
      if (searchParams.has("strict")) response.setHeader("content-security-policy", strict);
      response.writeHead(body === undefined ? 404 : 200, { "content-type": "text/html; charset=utf-8" });
      response.end(`<!doctype html><html lang="en"><title>A page</title>${body ?? ""}</html>`);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await startBrowser();
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  const open = async (path: string): Promise<OpenPage> => (opened = await browser.open(`${url}${path}`));

  test("finds no fault in a good page, with a policy or without", async () => {
    for (const path of ["/good", "/good?strict"]) {
      const { page, faults } = await open(path);
      expect(await page.textContent("h1")).toBe("Good");
      expect([await findAccessibilityFaults(page), faults]).toEqual([[], []]);
      await opened?.close();
    }
  });

  test.each([
    { path: "/throws", fault: /^exception: on purpose$/ },
    { path: "/console", fault: /^console: an error$/ },
    { path: "/script?strict", fault: /^console: .*violates the following Content Security Policy directive/ },
    { path: "/missing", fault: /^request: http:.*\/nothing\.png: status 404$/ },
    { path: "/closed", fault: /^request: http:.*\/cut\.png: net::ERR_EMPTY_RESPONSE$/ },
  ])("keeps the one fault of $path", async ({ path, fault }) => {
    const { faults } = await open(path);
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  test("runs the scripts of a page only where its policy allows it", async () => {
    expect(await (await open("/script")).page.title()).toBe("it ran");
    await opened?.close();
    expect(await (await open("/script?strict")).page.title()).toBe("A page");
  });

  test.each([
    { path: "/faint", faults: [/^light: color-contrast: .*Text/, /^dark: color-contrast: .*Text/] },
    { path: "/dark", faults: [/^dark: color-contrast: .*Text/] },
  ])("finds text of $path that is hard to read, by the colours in which it is", async ({ path, faults }) => {
    const { page } = await open(path);
    expect(await findAccessibilityFaults(page)).toEqual(faults.map((fault): unknown => expect.stringMatching(fault)));
  });
});
