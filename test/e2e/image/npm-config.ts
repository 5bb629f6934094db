/** This machine's way to its registry of packages, for an npm that runs in a build. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../support/command.ts";

async function readNpmConfig(): Promise<ReadonlyMap<string, string>> {
  const keys = ["userconfig", "globalconfig", "registry", "cafile"];
  const lines = (await run("npm", ["config", "get", ...keys])).split("\n");
  return new Map(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const));
}

/** Certificates that this machine trusts besides Node.js' own; undefined where it needs none. */
function certificatesFile(config: ReadonlyMap<string, string>): string | undefined {
  return [config.get("cafile"), process.env["NODE_EXTRA_CA_CERTS"]].find(
    (path) => path !== undefined && existsSync(path),
  );
}

/**
 * Writes npm's settings, which may hold passwords, to a file in `folder`, which must be removed.
 *
 * @returns the arguments that make a build use them; nothing of them stays in its image
 */
export async function npmBuildArguments(folder: string): Promise<string[]> {
  const config = await readNpmConfig();
  const files = [config.get("globalconfig") ?? "", config.get("userconfig") ?? ""].filter((path) => existsSync(path));
  const certificates = certificatesFile(config);
  const settings = [
    ...files.map((path) => readFileSync(path, "utf8")),
    `registry=${config.get("registry") ?? ""}`,
    ...(certificates === undefined ? [] : [`cafile=${certificates}`]),
  ];
  const npmrc = join(folder, "npmrc");
  writeFileSync(npmrc, `${settings.join("\n")}\n`, { mode: 0o600 });
  const secret = ["--secret", `id=npmrc,src=${npmrc}`];
  return certificates === undefined ? secret : [...secret, "--volume", `${certificates}:${certificates}:ro`];
}
