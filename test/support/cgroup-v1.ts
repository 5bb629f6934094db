/** A hierarchy of cgroup v1 for a test, mounted at a place of its own: the kernel's, whatever else has it mounted. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "./processes.ts";
import { undoAtDeath } from "./undo.ts";

/** @returns what mount said where it failed */
function mount(type: "cgroup" | "cgroup2", options: readonly string[], at: string): string | undefined {
  const { status, stderr, error } = spawnSync("mount", ["-t", type, ...options, "none", at], { encoding: "utf8" });
  return status === 0 ? undefined : (error?.message ?? stderr);
}

/** Mounts a hierarchy of v1 with a controller, or that of v2. @returns where it is, and how to unmount it. @throws Error */
export function mountCgroups(what: "v2" | { readonly controller: string }): { readonly path: string; unmount(): void } {
  const path = mkdtempSync(join(tmpdir(), "cgroups-"));
  const undone = undoAtDeath(["umount", "--lazy", path]);
  const said = what === "v2" ? mount("cgroup2", [], path) : mount("cgroup", ["-o", what.controller], path);
  if (said !== undefined) {
    undone();
    rmSync(path, { recursive: true });
    throw new Error(said);
  }
  return {
    path,
    unmount() {
      spawnSync("umount", ["--lazy", path]);
      undone();
      rmSync(path, { recursive: true });
    },
  };
}

/** Why a hierarchy of v1 with the controller cannot be mounted here; undefined where it can. */
export function findCgroupObstacle(controller: string): string | undefined {
  if (process.getuid?.() !== 0) return "only root may mount a hierarchy of control groups";
  try {
    mountCgroups({ controller }).unmount();
    return undefined;
  } catch (error) {
    return `cgroup v1 with ${controller} cannot be mounted: ${String(error)}`;
  }
}
