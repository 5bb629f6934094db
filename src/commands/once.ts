/** `once`: collects for `--delay`, prints the page, and stops. */

import { setTimeout as delay } from "node:timers/promises";
import type { Invocation } from "../cli.ts";
import type { Exporter } from "../exporter.ts";
import { createExposition } from "../exposition/exposition.ts";
import { print } from "../output/standard-output.ts";

/** @throws ExporterError */
export async function collectOnce(invocation: Invocation, exporter: Exporter): Promise<void> {
  await exporter.start();
  try {
    await delay(invocation.delayMs);
    const exposition = createExposition(invocation);
    await print((await exposition.render(await exporter.collect(), "text")).toString());
  } finally {
    exporter.stop();
  }
}
