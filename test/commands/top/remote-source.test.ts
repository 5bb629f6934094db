import { describe, expect, test } from "@jest/globals";
import type { RemoteAnswer } from "../../../src/commands/top/remote.ts";
import { createRemoteSource, untilNextMs } from "../../../src/commands/top/remote-source.ts";
import type { ViewSource } from "../../../src/commands/top/source.ts";
import { createFakeTime, type FakeTime } from "../../support/fake-time.ts";
import { liveViewOf } from "../../support/live-groups.ts";

const answerAt = (sampledAt: number, ageSeconds?: number): RemoteAnswer => ({
  view: liveViewOf([], { sampledAt }),
  ageSeconds,
});

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Stage {
  readonly source: ViewSource;
  readonly time: FakeTime;
  readonly asked: () => number;
}

/** An exporter that gives these answers, one after the other. */
function createStage(answers: readonly (RemoteAnswer | Error)[], first?: RemoteAnswer): Stage {
  const time = createFakeTime();
  let asked = 0;
  const ask = (): Promise<RemoteAnswer> => {
    const answer = answers[asked++];
    if (answer === undefined) return new Promise(() => undefined);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const exporter = new URL("http://box/");
  return {
    source: createRemoteSource({ exporter, origin: "box", ask, timer: time.timer, first }),
    time,
    asked: () => asked,
  };
}

/** The next view; the clock moves on to each timer. */
async function nextOf({
  source,
  time,
}: Stage): Promise<{ readonly at: number; readonly waits: number[]; readonly bad: number }> {
  const waits: number[] = [];
  const ended: boolean[] = [];
  const next = source.next().finally(() => ended.push(true));
  next.catch(() => undefined);
  for (let turn = 0; turn < 20; turn++) {
    await pause();
    const [ms] = time.pending;
    if (ended.length > 0 || ms === undefined) break;
    waits.push(ms);
    time.advance(ms);
  }
  const view = await next;
  return { at: view.sampledAt, waits, bad: view.conditions.filter(({ level }) => level === "bad").length };
}

describe("the time until the next sample", () => {
  const examples: readonly (readonly [age: number | undefined, isNew: boolean, ms: number])[] = [
    [undefined, true, 5250],
    [2, true, 3250],
    // Clocks of two machines differ, and may be set.
    [-100, true, 5250],
    [1e9, true, 1000],
    // It is late: once a second.
    [2, false, 1000],
  ];
  test.each(examples)("at the age %p, of a new sample: %p, is %d ms", (age, isNew, ms) => {
    expect(untilNextMs(answerAt(1, age), isNew)).toBe(ms);
  });

  test("is a second where the exporter has no rates yet", () => {
    expect(untilNextMs({ view: liveViewOf([], { span: undefined }), ageSeconds: 0 }, true)).toBe(1000);
  });
});

test("the exporter is asked at once, when its next sample is due, and each second where that is late", async () => {
  const stage = createStage([answerAt(100, 2), answerAt(100, 5), answerAt(105, 0)]);
  expect(await nextOf(stage)).toEqual({ at: 100, waits: [], bad: 0 });
  expect(await nextOf(stage)).toEqual({ at: 105, waits: [3250, 1000], bad: 0 });
});

test("an answer that is there already is the first view", async () => {
  const stage = createStage([answerAt(105)], answerAt(100));
  expect([(await nextOf(stage)).at, stage.asked(), (await nextOf(stage)).at]).toEqual([100, 0, 105]);
});

test("the first question that fails is an error at once", async () => {
  await expect(nextOf(createStage([new Error("refused")]))).rejects.toThrow("refused");
});

test("an exporter that fails later is shown as it was with what is wrong, and then as it is, also with the same sample", async () => {
  const stage = createStage([answerAt(100), new Error("refused"), new Error("refused"), answerAt(100), answerAt(105)]);
  await nextOf(stage);
  expect(await nextOf(stage)).toEqual({ at: 100, waits: [5250], bad: 1 });
  expect(await nextOf(stage)).toEqual({ at: 100, waits: [1000], bad: 1 });
  expect(await nextOf(stage)).toEqual({ at: 100, waits: [1000], bad: 0 });
  expect(await nextOf(stage)).toEqual({ at: 105, waits: [5250], bad: 0 });
});

test("an exporter that fails five times one after the other is given up", async () => {
  const refused = Array.from({ length: 5 }, () => new Error("refused"));
  const stage = createStage([answerAt(100), ...refused]);
  for (let view = 0; view < 5; view++) expect((await nextOf(stage)).at).toBe(100);
  await expect(nextOf(stage)).rejects.toThrow("refused");
});

test("nothing waits after the stop", async () => {
  const { source, time } = createStage([answerAt(100)]);
  await source.next();
  void source.next();
  expect(time.pending).toEqual([5250]);
  source.stop();
  expect(time.pending).toEqual([]);
});
