import { describe, expect, test } from "@jest/globals";
import { ExporterError } from "../../src/base/errors.ts";
import { sumUpRepeats } from "../../src/output/repeated-errors.ts";
import { createFakeTime } from "../support/fake-time.ts";

function createSummed() {
  const told: string[] = [];
  const note = (fields: object, message: string): void => {
    const { repeated } = fields as { readonly repeated?: number };
    told.push(repeated === undefined ? message : `${message} (${repeated} more)`);
  };
  const time = createFakeTime();
  return { told, time, log: sumUpRepeats({ debug: note, info: note, warn: note, error: note }, time.timer) };
}

const error = (where: string, got = "x"): { readonly err: ExporterError } => ({
  err: new ExporterError("SOCKET_FAILED", { where, want: "y", got }),
});

describe("an error that comes back each second", () => {
  test("is logged at once, and then once a minute with the number of repeats", () => {
    const { told, time, log } = createSummed();
    for (let second = 0; second < 150; second++) {
      log.error(error("send"), "failed");
      time.advance(1000);
    }
    expect(told).toEqual(["failed", "failed (59 more)", "failed (60 more)"]);
  });

  test("is logged at once again after a minute without repeats", () => {
    const { told, time, log } = createSummed();
    log.error(error("send"), "failed");
    time.advance(60_000);
    log.error(error("send"), "failed");
    expect(told).toEqual(["failed", "failed"]);
  });

  test("does not hide an error with another place, code or message", () => {
    const { told, log } = createSummed();
    log.error(error("send"), "failed");
    log.error(error("receive"), "failed");
    log.error({ err: new Error("z") }, "failed");
    log.error(error("send"), "failed otherwise");
    log.warn({}, "careful");
    expect(told).toHaveLength(5);
  });

  test("stays the same kind when only `got` differs", () => {
    const { told, log } = createSummed();
    log.error(error("send", "1 of 7"), "failed");
    log.error(error("send", "3 of 9"), "failed");
    expect(told).toEqual(["failed"]);
  });

  test("takes bounded memory and a bounded log, also where each error has a place of its own", () => {
    const { told, time, log } = createSummed();
    for (let index = 0; index < 10_000; index++) log.error(error(`process ${index}`), "failed");
    expect(told.length).toBeLessThan(100);
    time.advance(60_000);
    expect(told.join()).toContain("more)");
  });

  test("is summed up by tellRest", () => {
    const { told, log } = createSummed();
    for (let index = 0; index < 3; index++) log.error(error("send"), "failed");
    log.tellRest();
    expect(told).toEqual(["failed", "failed (2 more)"]);
  });
});

test("messages that are neither errors nor warnings are logged each time", () => {
  const { told, log } = createSummed();
  for (let index = 0; index < 3; index++) log.info({}, "loaded");
  expect(told).toEqual(["loaded", "loaded", "loaded"]);
});
