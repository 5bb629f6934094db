/** The host's side of the kernels' checks, without booting one. */

import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { renderDocument, type Outcome } from "./document.ts";
import { pickKernel, type KernelPackage } from "./packages.ts";
import { addMessage, createGuestReport, formatMessage, parseMessage } from "./report.ts";
import { findProgram } from "../support/command.ts";
import { testUnless } from "../support/real-kernel.ts";
import { spawnSync } from "../support/processes.ts";

const wanted = { suite: "trixie", processor: "amd64" as const, pattern: /^linux-image-(6\.12\.\S+-cloud-amd64)$/ };

const stanza = (name: string, version: string): string =>
  `Package: ${name}\nVersion: ${version}\nFilename: pool/${name}.deb\nSHA256: ${version.length}\n`;

const testDpkg = testUnless(findProgram("dpkg") === undefined ? "dpkg is missing: this is not Debian" : undefined);

testDpkg("the newest package of an index is that of the highest version, whatever its place", () => {
  const index = [
    stanza("linux-image-6.12.107+deb13-cloud-amd64", "6.12.107-1"),
    stanza("linux-image-6.12.94+deb13-cloud-amd64", "6.12.94-1"),
    stanza("linux-image-6.12.200+deb13-cloud-amd64-dbg", "6.12.200-1"),
    stanza("linux-image-6.12.200+deb13-amd64", "6.12.200-1"),
  ].join("\n");
  const expected = { name: "linux-image-6.12.107+deb13-cloud-amd64", release: "6.12.107+deb13-cloud-amd64" };
  expect(pickKernel(index, wanted)).toMatchObject({ ...expected, version: "6.12.107-1", suite: "trixie" });
});

test("an index without the package gives none", () => {
  expect(pickKernel(stanza("linux-image-amd64", "6.12.107-1"), wanted)).toBeUndefined();
});

test("a message comes through a console that adds to its line, and half of one is none", () => {
  const message = { kind: "error", error: 'a "text"\nof two lines' } as const;
  const line = formatMessage(message);
  expect(parseMessage(`[    1.5] noise ${line.trimEnd()}`)).toEqual(message);
  expect(parseMessage(line.slice(0, 20))).toBeUndefined();
  expect(parseMessage("guest ended with status 0")).toBeUndefined();
});

const found: KernelPackage = {
  ...{
    suite: "trixie",
    processor: "amd64",
    name: "linux-image-x",
    release: "6.12.107+deb13-cloud-amd64",
    version: "6.12.107-1",
  },
  ...{ path: "", sha256: "" },
};

function outcomeOf(failures: readonly string[]): Outcome {
  const report = createGuestReport();
  addMessage(report, { kind: "check", check: { title: "stands", failures, figures: { seen: 3 }, seconds: 1 } });
  return { found, report, seconds: 1 };
}

test("the document says of each check whether it passed, and what was wrong where it did not", () => {
  expect(renderDocument([outcomeOf([])])).toMatch(/\| stands \| passed \|/);
  const failed = renderDocument([outcomeOf(["exits: want 1, got 2"])]);
  expect(failed).toContain("| stands | **failed** |");
  expect(failed).toContain("- stands: exits: want 1, got 2");
});

test("a column names its processor where it is another than most have", () => {
  const arm: Outcome = { ...outcomeOf([]), found: { ...found, processor: "arm64" } };
  expect(renderDocument([outcomeOf([]), arm])).toContain("| the exporter | 6.12 | 6.12 arm64 |");
});

test("a check that one kernel did not reach is not shown as passed", () => {
  const early = { found, report: createGuestReport(), seconds: 1 };
  expect(renderDocument([outcomeOf([]), early])).toContain("| stands | passed | not run |");
});

test("a machine without the tools fails and says what to install", () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const env = { PATH: "/nonexistent" };
  const args = ["--import", "tsx", main, "--mirror=http://127.0.0.1:9"];
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  expect(stderr).toMatch(/qemu-system-x86_64.* not found: apt-get install .*qemu-system-x86 busybox-static cpio/);
  expect(status).toBe(1);
});
