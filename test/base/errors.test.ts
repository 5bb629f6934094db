/** The table of errors, and the exception whose message is made from it. */

import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodeOf, errorTable, ExporterError, type ErrorCode } from "../../src/base/errors.ts";

const codes = Object.keys(errorTable) as ErrorCode[];

describe("the table", () => {
  test.each(codes)(
    "%s is a code of capital letters and digits, with a meaning and a remedy of one line each",
    (code) => {
      const { meaning, remedy } = errorTable[code];
      expect(code).toMatch(/^[A-Z]+(_[A-Z][A-Z0-9]*)*$/);
      // Both are parts of a longer line, so they are no sentences of their own.
      for (const text of [meaning, remedy]) expect(text).toMatch(/^[^\s][^\n]*[^\n. ]$/);
    },
  );

  test("gives each error a meaning of its own", () => {
    expect(new Set(codes.map((code) => errorTable[code].meaning)).size).toBe(codes.length);
  });

  test("has no row that nothing in src uses, but for one", () => {
    const src = join(import.meta.dirname, "../../src");
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
      (path) => path.endsWith(".ts") && path !== "base/errors.ts",
    );
    const code = files.map((path) => readFileSync(join(src, path), "utf8")).join("\n");
    // A poll counts queries without an answer (taskstats_exporter_queries_unanswered_total), and reports no error for them.
    expect(codes.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual(["POLL_INCOMPLETE"]);
  });
});

describe("an error", () => {
  const details = { where: "send(netlink)", want: "12 bytes taken", got: "ENOBUFS" };

  test("has a line with its code, place, what was wanted, what came instead, and the table's remedy", () => {
    expect(new ExporterError("SOCKET_FAILED", details).message).toBe(
      "SOCKET_FAILED at send(netlink): want 12 bytes taken, got ENOBUFS; read the errno beside this message",
    );
  });

  test("gives a remedy of its own instead of the table's", () => {
    const { message } = new ExporterError("FLAG_VALUE", { ...details, where: "--x", remedy: "leave it out" });
    expect(message).toBe("FLAG_VALUE at --x: want 12 bytes taken, got ENOBUFS; leave it out");
  });

  test("has a line for each of its faults, in their order, and the place of the first one", () => {
    const faults = ["a.yml:1:2", "a.yml:3:4", "a.yml:5:6"].map((where) => ({ ...details, where, remedy: "mend it" }));
    const [first = details, ...others] = faults;
    const error = new ExporterError("CONFIG", first, others);
    const lines = faults.map(({ where }) => `CONFIG at ${where}: want 12 bytes taken, got ENOBUFS; mend it`);
    expect(error.message.split("\n")).toEqual(lines);
    expect([error.where, error.details, error.faults]).toEqual(["a.yml:1:2", first, faults]);
  });

  test("tells its name, code and class, and keeps its cause", () => {
    const cause = new Error("errno");
    const error = new ExporterError("CONFIG", { ...details, cause });
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.class, error.cause]).toEqual(["ExporterError", "CONFIG", "operator", cause]);
    expect(new ExporterError("MESSAGE_TYPE", details).class).toBe("bytes");
  });
});

test("a caught value is counted under its own code, and anything else under the given one", () => {
  const error = new ExporterError("PROC_TEXT", { where: "/proc/1/stat", want: "52 fields", got: "3" });
  expect(errorCodeOf(error, "COLLECTION_FAILED")).toBe("PROC_TEXT");
  for (const other of [new Error("PROC_TEXT"), { code: "PROC_TEXT" }, "PROC_TEXT", undefined, null]) {
    expect(errorCodeOf(other, "COLLECTION_FAILED")).toBe("COLLECTION_FAILED");
  }
});
