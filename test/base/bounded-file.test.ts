import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readBoundedFile } from "../../src/base/bounded-file.ts";
import { execFileSync, spawnSync } from "../support/processes.ts";

let directory = "";
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "bounded-file-"))));
afterAll(() => rmSync(directory, { recursive: true }));

function write(bytes: string | Uint8Array): string {
  const path = join(directory, "file");
  writeFileSync(path, bytes);
  return path;
}

const obstacleOf = (path: string): string | undefined => readBoundedFile(path).obstacle;

describe("a file", () => {
  test("is read byte by byte as it is, empty ones too", () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    expect(readBoundedFile(write(bytes)).bytes?.equals(bytes)).toBe(true);
    expect(readBoundedFile(write("")).bytes).toHaveLength(0);
  });

  test("may have a mebibyte and not a byte more", () => {
    expect(readBoundedFile(write("#".repeat(2 ** 20))).bytes).toHaveLength(2 ** 20);
    expect(obstacleOf(write("#".repeat(2 ** 20 + 1)))).toBe("more than 1MiB");
  });

  test("without an end is not read for ever", () => expect(obstacleOf("/dev/zero")).toBe("more than 1MiB"));

  test("whose size is given as 0 is read all the same", () => {
    expect(readBoundedFile("/proc/self/status").bytes?.toString()).toMatch(/^Name:/);
  });

  test("that is a named pipe is refused, also behind a link and below /dev, since nobody may ever write to it", () => {
    const pipe = join(directory, "pipe");
    execFileSync("mkfifo", [pipe]);
    symlinkSync(pipe, join(directory, "link"));
    expect(obstacleOf(pipe)).toBe("a named pipe");
    expect(obstacleOf(join(directory, "link"))).toBe("a named pipe");
  });

  test("that is a socket, a directory, missing, or behind a circle of links gives an obstacle that says so", async () => {
    const server = createServer().listen(join(directory, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    expect(obstacleOf(join(directory, "socket"))).toBe("a socket, or a device that is not there");
    server.close();
    symlinkSync("circle", join(directory, "circle"));
    expect(obstacleOf(join(directory, "circle"))).toBe("a circle of symbolic links");
    expect(obstacleOf(directory)).toBe("a directory");
    expect(obstacleOf(join(directory, "none"))).toBe("none");
    expect(obstacleOf(join(write("x"), "below"))).toBe("none");
    expect(obstacleOf("")).toBe("none");
  });
});

describe("a pipe that a shell made", () => {
  /** Runs the built reader in a process of its own, whose file is a shell's. */
  function readIn(shell: string): string {
    const source = pathToFileURL(join(import.meta.dirname, "../../dist/base/bounded-file.js")).href;
    const script = `import { readBoundedFile } from "${source}"; const { bytes, obstacle } = readBoundedFile(process.argv[2]); console.log(bytes?.toString() ?? obstacle);`;
    const path = join(directory, "reader.mjs");
    writeFileSync(path, script);
    const command = shell.replace("READ", `"${process.execPath}" ${path}`);
    const { stdout, stderr } = spawnSync("bash", ["-c", command], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    return stdout.trim() || stderr;
  }

  test("is read to its end, also where that comes late", () => {
    expect(readIn("READ <(printf one; sleep 0.3; printf two)")).toBe("onetwo");
  });

  test("that does not end is given up after five seconds", () => {
    // The writer is ended with the reader: what reads the shell's output waits for both.
    expect(readIn("READ <(exec sleep 600); kill $!")).toBe("no end of it within 5s");
  });
});
