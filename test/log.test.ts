import { describe, expect, test } from "@jest/globals";
import { ExporterError } from "../src/base/errors.ts";
import type { LogFormat } from "../src/flags.ts";
import { createLog } from "../src/log.ts";

function logged(
  format: LogFormat,
  level: "info" | "warn" = "info",
): { lines: string[]; log: ReturnType<typeof createLog> } {
  const lines: string[] = [];
  return { lines, log: createLog({ level, format }, (line) => void lines.push(line)) };
}

describe("a line of the log", () => {
  test("is logfmt, with quotes where a value needs them", () => {
    const { lines, log } = logged("logfmt");
    log.info({ url: "http://[::1]:1/metrics", text: 'a "b"' }, "serving");
    expect(lines).toEqual([
      expect.stringMatching(/^level=info ts=\d{4}-\S+ url=http:\/\/\[::1\]:1\/metrics text="a \\"b\\"" msg=serving\n$/),
    ]);
  });

  test("is JSON with the format json", () => {
    const { lines, log } = logged("json");
    log.info({ url: "x" }, "serving");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "info", url: "x", msg: "serving" });
  });

  test("shows an error's message on one line, without its stack", () => {
    const { lines, log } = logged("logfmt");
    log.error({ err: new ExporterError("CONFIG", { where: "a:1:1", want: "x", got: "y" }) }, "bad");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('err="CONFIG at a:1:1: want x, got y; ');
    expect(lines[0]).not.toContain(".ts:");
  });

  test("is not written if its level is below the log's level", () => {
    const { lines, log } = logged("logfmt", "warn");
    log.info({}, "no");
    log.warn({}, "yes");
    expect(lines).toHaveLength(1);
  });
});
