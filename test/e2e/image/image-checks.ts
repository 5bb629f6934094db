/** What must be true of the image itself, and of containers that are refused what the exporter needs. */

import { equal, match, notEqual, ok } from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import type { Outcome } from "../../support/program.ts";
import type { Check } from "./checks.ts";
import { run } from "../../support/command.ts";
import { runContainer, type Privileges } from "./container.ts";

/** An image, and a name for containers of it. */
export interface Image {
  readonly image: string;
  readonly name: string;
}

const megabyte = 1e6;

/** Uncompressed, without node itself, which grows with each release. It was 22.3: packages, libraries, the program. */
const mostMegabytes = 25;

const inspect = (image: string, format: string): Promise<string> =>
  run("podman", ["image", "inspect", `--format=${format}`, image]);

/** The size in megabytes, of 1,000,000 bytes as podman shows them, node included. */
export const readMegabytes = async (image: string): Promise<number> =>
  Number(await inspect(image, "{{.Size}}")) / megabyte;

async function isSmall({ image }: Image): Promise<void> {
  // The base has a copy of the node that runs this.
  const megabytes = (await readMegabytes(image)) - statSync(process.execPath).size / megabyte;
  ok(megabytes <= mostMegabytes, `${megabytes.toFixed(1)} MB`);
}

async function namesItsVersion({ image }: Image): Promise<void> {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  equal(await inspect(image, '{{index .Labels "org.opencontainers.image.version"}}'), version);
}

async function startsNothingElse({ image, name }: Image): Promise<void> {
  const privileges = { uid: 0, netAdmin: "held", noNewPrivileges: false } as const;
  const { stderr } = await runContainer({ image, name, privileges, flags: ["--entrypoint=/bin/sh"], args: [] });
  match(stderr, /no such file or directory/);
}

const runOnce = ({ image, name }: Image, privileges: Privileges): Promise<Outcome> =>
  runContainer({ image, name, privileges, args: ["once", "--delay=0s"] });

async function isRefusedByTheKernel(image: Image): Promise<void> {
  for (const uid of [65532, 0]) {
    const { status, stderr } = await runOnce(image, { uid, netAdmin: "forbidden", noNewPrivileges: false });
    match(stderr, /exec \/usr\/bin\/node: operation not permitted/, `as user ${uid}`);
    notEqual(status, 0, `status as user ${uid}`);
  }
}

async function saysWhatToDo(image: Image): Promise<void> {
  const privileges = { uid: 65532, netAdmin: "allowed", noNewPrivileges: true } as const;
  const { status, stderr } = await runOnce(image, privileges);
  match(stderr, /CAPABILITY_MISSING at .*without no-new-privileges/);
  equal(status, 1);
}

export const imageChecks: readonly Check<Image>[] = [
  { title: `has at most ${mostMegabytes} MB besides node`, verify: isSmall },
  { title: "names the version of package.json", verify: namesItsVersion },
  { title: "has no shell", verify: startsNothingElse },
  {
    title: "is refused by the kernel, as the README explains, where NET_ADMIN is forbidden",
    verify: isRefusedByTheKernel,
  },
  {
    title: "says what to do where Docker would withhold the capability: ordinary user, no-new-privileges",
    verify: saysWhatToDo,
  },
];
