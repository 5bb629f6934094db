import { describe, expect, test } from "@jest/globals";
import { errorTable } from "../../src/base/errors.ts";
import { judge, judgeSamples, type Condition, type ExporterStatus } from "../../src/live/status.ts";

const well: ExporterStatus = {
  exitsUp: true,
  exitsDownReason: undefined,
  exitEventsLost: 0,
  delayacctEnabled: true,
  hiddenReason: undefined,
  execsMissed: undefined,
  falseWaits: undefined,
  pods: undefined,
  privileges: undefined,
  processes: 12,
  groups: 3,
};

/** The condition of a subject where the state is well but for these figures. */
const conditionOf = (subject: string, state: Partial<ExporterStatus>): Condition | undefined =>
  judge({ ...well, ...state }).find((condition) => condition.subject === subject);

describe("the exporter's state in words", () => {
  test("is good in all where all is well, and says nothing of what this machine does not have", () => {
    expect(judge(well)).toEqual([
      { level: "good", subject: "Exit events", text: "arrive: processes that live for a moment are counted" },
      { level: "good", subject: "Delay accounting", text: "is on" },
      { level: "good", subject: "Processes", text: "12 in 3 groups" },
    ]);
  });

  const troubles: readonly (readonly [
    subject: string,
    state: Partial<ExporterStatus>,
    expected: Partial<Condition>,
  ])[] = [
    ["Exit events", { exitsUp: false, exitsDownReason: "do this" }, { level: "bad", remedy: "do this" }],
    ["Exit events", { exitsUp: false }, { level: "bad", remedy: "see the log" }],
    [
      "Exit events",
      { exitEventsLost: 17 },
      {
        level: "warning",
        text: "17 were lost since the start: figures of short processes are too low",
        remedy: "raise --exits.receive-buffer",
      },
    ],
    ["Delay accounting", { delayacctEnabled: false }, { level: "bad", remedy: "sysctl -w kernel.task_delayacct=1" }],
    ["Processes", { hiddenReason: "hidepid" }, { level: "bad", text: "12 in 3 groups", remedy: "hidepid" }],
    ["Short programs", { execsMissed: 4 }, { level: "warning", remedy: errorTable.EXECS_MISSED.remedy }],
    [
      "Block I/O waits",
      { falseWaits: { cure: "the cure", refused: 5 } },
      { level: "warning", text: "this kernel reports false ones under load; 5 were refused", remedy: "the cure" },
    ],
    ["Names of pods", { pods: { current: false, count: 8 } }, { level: "warning", remedy: "the log says why" }],
  ];
  test.each(troubles)("is not good for %s where it is %j, and says what to do", (subject, state, expected) => {
    expect(conditionOf(subject, state)).toMatchObject(expected);
  });

  test("says nothing of short programs where none was missed", () => {
    expect(conditionOf("Short programs", { execsMissed: 0 })).toBeUndefined();
  });

  test("is good for names of pods that are current", () => {
    expect(conditionOf("Names of pods", { pods: { current: true, count: 8 } })).toEqual({
      ...{ level: "good", subject: "Names of pods", text: "8, current" },
    });
  });

  test("has the worst first", () => {
    const state = { delayacctEnabled: false, exitEventsLost: 1, hiddenReason: "hidepid", execsMissed: 1 };
    expect(judge({ ...well, ...state }).map(({ level }) => level)).toEqual(["bad", "bad", "warning", "warning"]);
  });
});

describe("samples", () => {
  test("that do not fail are not worth a word", () => {
    expect(judgeSamples({ failure: undefined })).toEqual([]);
  });

  test("that fail are bad, since the figures that are shown are old", () => {
    expect(judgeSamples({ failure: new Error("no answer") })).toEqual([
      {
        ...{ level: "bad", subject: "Samples", remedy: "the log says more" },
        text: "the last one failed, and the figures are those of the one before: no answer",
      },
    ]);
    expect(judgeSamples({ failure: 7 })[0]?.text).toMatch(/ of the one before$/);
  });
});
