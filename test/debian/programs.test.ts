/** A program is fetched once and whole. The reason why there is none is returned, never thrown. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test as testAnywhere } from "@jest/globals";
import { findProgram } from "../support/command.ts";
import { spawnSync } from "../support/processes.ts";
import { testUnless } from "../support/real-kernel.ts";
import { packagesIndex } from "./packages.ts";
import { findDebianProgram, type FoundProgram } from "./programs.ts";

const missing = ["dpkg-deb", "dpkg"].filter((name) => findProgram(name) === undefined);
const test = testUnless(missing.length > 0 ? `${missing.join(", ")} missing: this is not Debian` : undefined);

let folder: string;
let server: Server;
let mirror: string;
let files: Record<string, Buffer>;
let asked: string[];

/** A package with a script. */
function makePackage(script: string): Buffer {
  const root = join(folder, "package");
  mkdirSync(join(root, "DEBIAN"), { recursive: true });
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  writeFileSync(
    join(root, "DEBIAN/control"),
    "Package: greeter\nVersion: 1\nArchitecture: all\nMaintainer: n\nDescription: n\n",
  );
  writeFileSync(join(root, "usr/bin/greet-for-tests"), `#!/bin/sh\n${script}\n`);
  // dpkg-deb refuses folders that were made with a umask of 077.
  for (const path of ["", "DEBIAN", "usr", "usr/bin", "usr/bin/greet-for-tests"]) chmodSync(join(root, path), 0o755);
  execFileSync("dpkg-deb", ["--root-owner-group", "-b", root, join(folder, "greeter.deb")], { stdio: "ignore" });
  return readFileSync(join(folder, "greeter.deb"));
}

function publish(suite: string, script: string): void {
  const deb = makePackage(script);
  const sum = createHash("sha256").update(deb).digest("hex");
  const index = `Package: greeter\nVersion: 1\nFilename: pool/greeter.deb\nSHA256: ${sum}\n`;
  files = { "/pool/greeter.deb": deb, [`/dists/${suite}/main/${packagesIndex()}.gz`]: gzipSync(index) };
}

const find = (name = "greeter"): Promise<FoundProgram> =>
  findDebianProgram({ package: name, program: "greet-for-tests", suite: "trixie" }, { cache: folder, mirror });

beforeEach(async () => {
  [asked, files] = [[], {}];
  folder = mkdtempSync(join(tmpdir(), "programs-"));
  // The run of the tests remembers an index of another mirror.
  for (const name of ["index-trixie", "index-trixie.error"]) rmSync(join(tmpdir(), name), { force: true });
  server = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.statusCode = url in files ? 200 : 404;
    response.end(files[url]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a server that listens on a port has one
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
  for (const name of ["index-trixie", "index-trixie.error"]) rmSync(join(tmpdir(), name), { force: true });
});

test("a program is unpacked once, and found again without the network", async () => {
  publish("trixie", "echo hello");
  const { path, obstacle } = await find();
  expect(obstacle).toBeUndefined();
  expect(spawnSync(path, { encoding: "utf8" }).stdout).toBe("hello\n");
  expect(asked).toHaveLength(2);
  server.close();
  server.closeAllConnections();
  expect(await find()).toEqual({ path, obstacle: undefined });
  expect(readdirSync(join(folder, "programs"))).toEqual(["trixie-greeter"]);
});

test("several that look for it at once all find it", async () => {
  publish("trixie", "echo hello");
  const found = await Promise.all([find(), find(), find()]);
  expect(found.filter(({ path, obstacle }) => obstacle !== undefined || !existsSync(path))).toEqual([]);
  expect(readdirSync(join(folder, "programs"))).toEqual(["trixie-greeter"]);
});

test("a program that lacks a library here is an obstacle, and is not kept", async () => {
  publish("trixie", "echo greet: error while loading shared libraries: libx.so >&2; exit 127");
  expect((await find()).obstacle).toContain("error while loading shared libraries: libx.so");
  expect(readdirSync(join(folder, "programs"))).toEqual([]);
});

test("a package that the suite does not have is an obstacle that names it", async () => {
  publish("trixie", "echo hello");
  expect((await find("stranger")).obstacle).toBe(
    "greet-for-tests is missing, and cannot be fetched from Debian's trixie: trixie: want the package stranger, got none",
  );
});

testAnywhere("a mirror that cannot be reached is an obstacle with the network's words", async () => {
  server.close();
  await once(server, "close");
  expect((await find()).obstacle).toMatch(/^greet-for-tests is missing, and cannot be fetched .*ECONNREFUSED/);
});

testAnywhere("the machine's own program is taken where any version does", async () => {
  expect(await findDebianProgram({ package: "dash", program: "sh" })).toEqual({
    path: findProgram("sh"),
    obstacle: undefined,
  });
});
