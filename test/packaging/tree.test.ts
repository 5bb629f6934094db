import { chmodSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { archiveTree, compress } from "../../packaging/tarball.ts";
import { listFiles, normaliseTree } from "../../packaging/tree.ts";

function makeTree(order: readonly string[], mode: number): string {
  const root = join(mkdtempSync(join(tmpdir(), "tree-")), "tree");
  mkdirSync(join(root, "folder"), { recursive: true });
  for (const name of order) writeFileSync(join(root, name), name);
  chmodSync(join(root, "folder/program"), mode | 0o100);
  chmodSync(join(root, "text"), mode);
  symlinkSync("text", join(root, "link"));
  return root;
}

test("an archive has the same bytes whatever the umask, the time and the order in which files came to be", async () => {
  const options = { name: "release", epochSeconds: 1_700_000_000 };
  const first = await archiveTree(makeTree(["text", "folder/program"], 0o600), options);
  const second = await archiveTree(makeTree(["folder/program", "text"], 0o664), options);
  expect(compress(second).equals(compress(first))).toBe(true);
});

test("a file that is executable stays so, and none becomes so", () => {
  const root = makeTree(["text", "folder/program"], 0o600);
  normaliseTree(root, 1);
  expect([statSync(join(root, "folder/program")).mode & 0o777, statSync(join(root, "text")).mode & 0o777]).toEqual([
    0o755, 0o644,
  ]);
  expect(statSync(root).mtimeMs).toBe(1000);
});

test("a link is no file", () => {
  expect(listFiles(makeTree(["text", "folder/program"], 0o600))).toEqual(["folder/program", "text"]);
});
