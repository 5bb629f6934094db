/** The pictures of the live page: light, dark, on a phone, and one group's own page. */

import { setTimeout as pause } from "node:timers/promises";
import type { BrowserContextOptions, Page } from "playwright-core";
import type { TestBrowser } from "../../test/support/browser.ts";
import { startProgram, type Program } from "../../test/support/program.ts";
import { startHost, type Host } from "./host.ts";
import { takePicture } from "./picture.ts";

/** So long the page looks at the host before the picture: rates and their course need it. */
const seconds = 30;

const desktop: BrowserContextOptions = { viewport: { width: 1100, height: 720 } };
const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 };

/** A command that gives the program a host's name of its own. */
const named = ["unshare", "--uts", "sh", "-c", 'hostname media-1 && exec "$@"', "sh"];

interface Picture {
  readonly name: string;
  readonly options: BrowserContextOptions;
  /** The group whose page it is; the page of all groups where it is left out. */
  readonly group?: string;
}

const pictures: readonly Picture[] = [
  { name: "live-light.png", options: { ...desktop, colorScheme: "light" } },
  { name: "live-dark.png", options: { ...desktop, colorScheme: "dark" } },
  { name: "live-phone.png", options: { ...phone, colorScheme: "light" } },
  { name: "group.png", options: { ...desktop, colorScheme: "light" }, group: "thumbnailer" },
];

async function showGroup(page: Page, group: string): Promise<void> {
  await page.getByRole("link", { name: group, exact: true }).click();
  await page.waitForLoadState();
}

/** Waits until each group has done something: on a busy machine some need many seconds to begin. */
async function untilAllRun({ groups }: Host, { scrape }: Program): Promise<void> {
  for (;;) {
    const page = await scrape();
    if (groups.every((groupname) => page.sum("taskstats_cpu_run_seconds_total", { groupname }) > 0)) return;
    await pause(500);
  }
}

export async function takeLivePictures(browser: TestBrowser): Promise<void> {
  const host = await startHost();
  const program = await startProgram([host.flag], { through: named });
  try {
    await untilAllRun(host, program);
    const opened = await Promise.all(
      pictures.map(async ({ name, options, group }) => {
        const { page } = await browser.open(new URL("/", program.url).href, options);
        if (group !== undefined) await showGroup(page, group);
        return { name, page };
      }),
    );
    await pause(1000 * seconds);
    for (const { name, page } of opened) await takePicture(page, name);
  } finally {
    await program.stop();
    await host.stop();
  }
}
